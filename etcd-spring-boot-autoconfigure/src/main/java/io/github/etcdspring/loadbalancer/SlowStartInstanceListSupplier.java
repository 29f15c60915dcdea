package io.github.etcdspring.loadbalancer;

import java.util.List;

import reactor.core.publisher.Flux;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;

/**
 * Leaves new instances out of some calls. It is above all suppliers, so that a new
 * instance that is the only one left of its zone, or belongs to a sticky session, is
 * called.
 */
final class SlowStartInstanceListSupplier extends DelegatingServiceInstanceListSupplier {

	private final SlowStart slowStart;

	SlowStartInstanceListSupplier(ServiceInstanceListSupplier delegate, SlowStart slowStart) {
		super(delegate);
		this.slowStart = slowStart;
	}

	@Override
	public Flux<List<ServiceInstance>> get() {
		return choose(this.delegate.get());
	}

	@Override
	@SuppressWarnings("rawtypes")
	public Flux<List<ServiceInstance>> get(Request request) {
		return choose(this.delegate.get(request));
	}

	private Flux<List<ServiceInstance>> choose(Flux<List<ServiceInstance>> instances) {
		return (this.slowStart.isActive())
				? instances.map((list) -> this.slowStart.choose(this.delegate.getServiceId(), list)) : instances;
	}

}
