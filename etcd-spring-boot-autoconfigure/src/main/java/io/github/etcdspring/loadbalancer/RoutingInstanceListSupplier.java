package io.github.etcdspring.loadbalancer;

import java.util.List;

import reactor.core.publisher.Flux;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;

/**
 * Applies the routing rules to the instances of the other suppliers. It is above all
 * suppliers that know no request, such as the one for the own zone.
 */
final class RoutingInstanceListSupplier extends DelegatingServiceInstanceListSupplier {

	private final CallRouting routing;

	RoutingInstanceListSupplier(ServiceInstanceListSupplier delegate, CallRouting routing) {
		super(delegate);
		this.routing = routing;
	}

	@Override
	public Flux<List<ServiceInstance>> get() {
		return this.routing.route(this.delegate.getServiceId(), null, this.delegate.get());
	}

	@Override
	@SuppressWarnings("rawtypes")
	public Flux<List<ServiceInstance>> get(Request request) {
		return this.routing.route(this.delegate.getServiceId(), request, this.delegate.get(request));
	}

}
