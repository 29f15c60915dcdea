package io.github.etcdspring.loadbalancer;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;

/**
 * {@link ReactiveDiscoveryClient} for load balancers that leaves out ejected instances.
 */
final class CallableInstancesReactiveDiscoveryClient implements ReactiveDiscoveryClient {

	private final ReactiveDiscoveryClient all;

	private final OutlierEjection ejection;

	CallableInstancesReactiveDiscoveryClient(ReactiveDiscoveryClient all, OutlierEjection ejection) {
		this.all = all;
		this.ejection = ejection;
	}

	@Override
	public String description() {
		return this.all.description();
	}

	@Override
	public Flux<ServiceInstance> getInstances(String serviceId) {
		return this.all.getInstances(serviceId)
			.collectList()
			.flatMapIterable((instances) -> this.ejection.callable(serviceId, instances));
	}

	@Override
	public Flux<String> getServices() {
		return this.all.getServices();
	}

	@Override
	public Mono<Void> reactiveProbe() {
		return this.all.reactiveProbe();
	}

	@Override
	public int getOrder() {
		return this.all.getOrder();
	}

}
