package io.github.etcdspring.discovery;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/**
 * {@link DiscoveryClient} on the in-memory catalog. A look-up of a followed service is
 * two map accesses, without I/O, locking or copying. The first look-up of a service that
 * is not followed yet blocks until it has been read.
 */
final class EtcdDiscoveryClient implements DiscoveryClient {

	private final ServiceCatalog catalog;

	private final int order;

	EtcdDiscoveryClient(ServiceCatalog catalog, int order) {
		this.catalog = catalog;
		this.order = order;
	}

	@Override
	public String description() {
		return "etcd";
	}

	@Override
	public List<ServiceInstance> getInstances(String serviceId) {
		await(this.catalog.follow(serviceId));
		return this.catalog.getInstances(serviceId);
	}

	@Override
	public List<String> getServices() {
		CompletableFuture<List<String>> names = this.catalog.getServices();
		await(names);
		return names.getNow(List.of());
	}

	private void await(CompletableFuture<?> answer) {
		if (answer.isDone()) {
			return;
		}
		try {
			answer.get(this.catalog.lookUpTimeout().toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			// the last known state is used
		}
	}

	/**
	 * Does nothing, as the health of the catalog has an indicator of its own, and the
	 * names of all services would have to be read.
	 */
	@Override
	public void probe() {
	}

	@Override
	public int getOrder() {
		return this.order;
	}

}
