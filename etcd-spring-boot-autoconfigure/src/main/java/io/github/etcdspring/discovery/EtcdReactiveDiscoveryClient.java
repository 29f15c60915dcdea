package io.github.etcdspring.discovery;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;

/**
 * {@link ReactiveDiscoveryClient} on the in-memory catalog, which is read on
 * subscription, on the thread of the subscriber. At the first look-up of a service that
 * is not followed yet, the subscriber is called by a thread of Reactor once it has been
 * read.
 */
final class EtcdReactiveDiscoveryClient implements ReactiveDiscoveryClient {

	private final ServiceCatalog catalog;

	private final int order;

	EtcdReactiveDiscoveryClient(ServiceCatalog catalog, int order) {
		this.catalog = catalog;
		this.order = order;
	}

	@Override
	public String description() {
		return "etcd";
	}

	@Override
	public Flux<ServiceInstance> getInstances(String serviceId) {
		return Flux.defer(() -> after(this.catalog.follow(serviceId), () -> this.catalog.getInstances(serviceId)));
	}

	@Override
	public Flux<String> getServices() {
		return Flux.defer(() -> {
			CompletableFuture<List<String>> names = this.catalog.getServices();
			return after(names, () -> names.getNow(List.of()));
		});
	}

	private <T> Flux<T> after(CompletableFuture<?> answer, Supplier<List<T>> found) {
		if (answer.isDone()) {
			return Flux.fromIterable(found.get());
		}
		// the last known state is used after the timeout
		return Mono.fromFuture(answer, true)
			.then()
			.timeout(this.catalog.lookUpTimeout(), Mono.empty())
			.publishOn(Schedulers.parallel())
			.thenMany(Flux.defer(() -> Flux.fromIterable(found.get())));
	}

	/**
	 * Does nothing, as the health of the catalog has an indicator of its own, and the
	 * names of all services would have to be read.
	 */
	@Override
	public Mono<Void> reactiveProbe() {
		return Mono.empty();
	}

	@Override
	public int getOrder() {
		return this.order;
	}

}
