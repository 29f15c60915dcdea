package io.github.etcdspring.loadbalancer;

import java.util.List;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/**
 * {@link DiscoveryClient} for load balancers that leaves out ejected instances. It is
 * below all suppliers, so that each of them behaves as if the instance were gone.
 */
final class CallableInstancesDiscoveryClient implements DiscoveryClient {

	private final DiscoveryClient all;

	private final OutlierEjection ejection;

	CallableInstancesDiscoveryClient(DiscoveryClient all, OutlierEjection ejection) {
		this.all = all;
		this.ejection = ejection;
	}

	@Override
	public String description() {
		return this.all.description();
	}

	@Override
	public List<ServiceInstance> getInstances(String serviceId) {
		return this.ejection.callable(serviceId, this.all.getInstances(serviceId));
	}

	@Override
	public List<String> getServices() {
		return this.all.getServices();
	}

	@Override
	public void probe() {
		this.all.probe();
	}

	@Override
	public int getOrder() {
		return this.all.getOrder();
	}

}
