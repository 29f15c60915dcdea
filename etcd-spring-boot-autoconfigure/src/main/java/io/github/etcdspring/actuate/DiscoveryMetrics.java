package io.github.etcdspring.actuate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationListener;

/**
 * Meters of the service catalog. There is one gauge for each service, up to
 * {@link #MAX_TAGGED_SERVICES} in alphabetical order. All others share one, which bounds
 * the cardinality of the tag.
 */
final class DiscoveryMetrics implements MeterBinder, ApplicationListener<HeartbeatEvent> {

	static final int MAX_TAGGED_SERVICES = 100;

	/** Contains a space, so that it cannot be the name of a service. */
	static final String OTHERS = "all others";

	private final ServiceCatalog catalog;

	private final List<MultiGauge> instances = new CopyOnWriteArrayList<>();

	DiscoveryMetrics(ServiceCatalog catalog) {
		this.catalog = catalog;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("etcd.discovery.keys.skipped", this.catalog, ServiceCatalog::skipped)
			.description("Skipped keys under the services prefix, which hold no valid instance")
			.baseUnit("keys")
			.register(registry);
		Gauge.builder("etcd.discovery.services", this.catalog, (catalog) -> catalog.instances().size())
			.description("Services with at least one instance, regardless of its status")
			.baseUnit("services")
			.register(registry);
		this.instances.add(MultiGauge.builder("etcd.discovery.instances")
			.description("Instances of a service with the status UP")
			.baseUnit("instances")
			.register(registry));
		update();
	}

	@Override
	public void onApplicationEvent(HeartbeatEvent event) {
		update();
	}

	/** Add and remove gauges. Existing ones read the catalog when they are polled. */
	private synchronized void update() {
		List<Row<?>> rows = new ArrayList<>();
		List<String> services = services(this.catalog);
		for (String service : services.subList(0, Math.min(services.size(), MAX_TAGGED_SERVICES))) {
			rows.add(Row.of(Tags.of("service", service), this.catalog, (catalog) -> up(catalog, service)));
		}
		if (services.size() > MAX_TAGGED_SERVICES) {
			rows.add(Row.of(Tags.of("service", OTHERS), this.catalog, DiscoveryMetrics::others));
		}
		this.instances.forEach((gauge) -> gauge.register(rows));
	}

	private static List<String> services(ServiceCatalog catalog) {
		return catalog.instances().keySet().stream().sorted().toList();
	}

	private static long up(ServiceCatalog catalog, String service) {
		return catalog.instances().getOrDefault(service, List.of()).stream().filter(EtcdServiceInstance::isUp).count();
	}

	private static long others(ServiceCatalog catalog) {
		return services(catalog).stream().skip(MAX_TAGGED_SERVICES).mapToLong((service) -> up(catalog, service)).sum();
	}

}
