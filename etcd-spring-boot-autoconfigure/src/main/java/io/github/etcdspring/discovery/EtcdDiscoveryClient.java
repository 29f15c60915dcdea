package io.github.etcdspring.discovery;

import java.util.List;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/**
 * {@link DiscoveryClient} on the in-memory catalog. A look-up is one volatile read and
 * one map access, without I/O, locking or copying.
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
		return this.catalog.getInstances(serviceId);
	}

	@Override
	public List<String> getServices() {
		return this.catalog.getServices();
	}

	@Override
	public int getOrder() {
		return this.order;
	}

}
