package io.github.etcdspring.discovery;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.registry.EtcdServiceInstance;

import org.springframework.cloud.client.ServiceInstance;

/**
 * All instances at one time. Immutable, so that a reader needs neither lock nor copy.
 *
 * @param instances all instances by service, in the order of their ids
 * @param up those that may be called, by service
 * @param names names of the services that have any such, sorted
 */
record Catalog(Map<String, List<EtcdServiceInstance>> instances, Map<String, List<ServiceInstance>> up,
		List<String> names) {

	static final Catalog EMPTY = new Catalog(Map.of(), Map.of(), List.of());

	static final Comparator<EtcdServiceInstance> ORDER = Comparator.comparing(EtcdServiceInstance::instanceId);

	/**
	 * This catalog with some services replaced.
	 * @param replaced the instances of each service that changed, empty if it is gone
	 * @return the new catalog
	 */
	Catalog with(Map<String, List<EtcdServiceInstance>> replaced) {
		Map<String, List<EtcdServiceInstance>> instances = new HashMap<>(this.instances);
		Map<String, List<ServiceInstance>> up = new HashMap<>(this.up);
		replaced.forEach((serviceId, found) -> {
			putOrRemove(instances, serviceId, List.copyOf(found));
			putOrRemove(up, serviceId,
					List.<ServiceInstance>copyOf(found.stream().filter(EtcdServiceInstance::isUp).toList()));
		});
		boolean sameNames = up.keySet().equals(this.up.keySet());
		return new Catalog(Collections.unmodifiableMap(instances), Collections.unmodifiableMap(up),
				(sameNames) ? this.names : up.keySet().stream().sorted().toList());
	}

	private static <T> void putOrRemove(Map<String, List<T>> map, String key, List<T> value) {
		if (value.isEmpty()) {
			map.remove(key);
		}
		else {
			map.put(key, value);
		}
	}

}
