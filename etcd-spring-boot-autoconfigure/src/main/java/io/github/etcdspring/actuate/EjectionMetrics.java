package io.github.etcdspring.actuate;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the instances that this application has stopped calling, or calls as a last
 * resort.
 */
final class EjectionMetrics implements MeterBinder {

	private final OutlierEjection ejection;

	private final ServiceCatalog catalog;

	private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

	EjectionMetrics(OutlierEjection ejection, ServiceCatalog catalog) {
		this.ejection = ejection;
		this.catalog = catalog;
		ejection.setListener(this::count);
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("etcd.loadbalancer.ejected", this.ejection, (ejection) -> ejection.ejected().size())
			.description("Instances that are not called at the moment")
			.baseUnit("instances")
			.register(registry);
		Gauge.builder("etcd.loadbalancer.vanished", this.catalog, EjectionMetrics::vanished)
			.description("Instances that vanished from etcd at once and are called as a last resort")
			.baseUnit("instances")
			.register(registry);
		this.registries.add(registry);
	}

	private static long vanished(ServiceCatalog catalog) {
		return catalog.massExpiries().values().stream().mapToLong((expiry) -> expiry.instances().size()).sum();
	}

	void count(String service, String reason) {
		for (MeterRegistry registry : this.registries) {
			Counter.builder("etcd.loadbalancer.ejections")
				.description("Instances that were ejected")
				.tag("service", service)
				.tag("reason", reason)
				.register(registry)
				.increment();
		}
	}

}
