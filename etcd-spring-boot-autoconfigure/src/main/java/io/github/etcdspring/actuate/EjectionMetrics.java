package io.github.etcdspring.actuate;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the instances that this application has stopped calling.
 */
final class EjectionMetrics implements MeterBinder {

	private final OutlierEjection ejection;

	private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

	EjectionMetrics(OutlierEjection ejection) {
		this.ejection = ejection;
		ejection.setListener(this::count);
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("etcd.loadbalancer.ejected", this.ejection, (ejection) -> ejection.ejected().size())
			.description("Instances that are not called at the moment")
			.baseUnit("instances")
			.register(registry);
		this.registries.add(registry);
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
