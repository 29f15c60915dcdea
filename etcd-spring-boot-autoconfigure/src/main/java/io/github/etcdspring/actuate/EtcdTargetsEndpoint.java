package io.github.etcdspring.actuate;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.registry.EtcdServiceInstance;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * {@link Endpoint @Endpoint} that lists the instances of the service catalog as targets
 * for the HTTP service discovery of Prometheus. It does not read etcd, so that targets
 * remain while etcd is unavailable.
 */
@Endpoint(id = "etcdtargets", defaultAccess = Access.READ_ONLY)
final class EtcdTargetsEndpoint {

	/** Prometheus refuses the media type of the other endpoints. */
	private static final String JSON = "application/json";

	private static final String META = "__meta_etcd_";

	private final ServiceCatalog catalog;

	EtcdTargetsEndpoint(ServiceCatalog catalog) {
		this.catalog = catalog;
	}

	@ReadOperation(produces = JSON)
	List<Target> targets() {
		return new TreeMap<>(this.catalog.instances()).values()
			.stream()
			.flatMap(List::stream)
			.map(EtcdTargetsEndpoint::target)
			.toList();
	}

	@ReadOperation(produces = JSON)
	List<Target> targetsOf(@Selector String service) {
		return this.catalog.instances()
			.getOrDefault(service, List.of())
			.stream()
			.map(EtcdTargetsEndpoint::target)
			.toList();
	}

	private static Target target(EtcdServiceInstance instance) {
		Map<String, String> labels = new TreeMap<>();
		labels.put(META + "service", instance.serviceId());
		labels.put(META + "instance", instance.instanceId());
		labels.put(META + "scheme", instance.getScheme());
		labels.put(META + "status", instance.status());
		instance.metadata().forEach((name, value) -> labels.put(META + "metadata_" + labelName(name), value));
		return new Target(List.of(instance.getUri().getAuthority()), labels);
	}

	private static String labelName(String name) {
		return name.replaceAll("[^a-zA-Z0-9_]", "_");
	}

	/**
	 * Target group of Prometheus.
	 *
	 * @param targets host and port of one instance
	 * @param labels labels for relabeling, which Prometheus removes afterwards
	 */
	record Target(List<String> targets, Map<String, String> labels) {

	}

}
