package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

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
	 * This catalog with some services replaced. Copies the maps of services, and none of
	 * instances.
	 * @param replaced the instances of each service that changed, empty if it is gone
	 * @return the new catalog
	 */
	Catalog with(Map<String, List<EtcdServiceInstance>> replaced) {
		Map<String, List<EtcdServiceInstance>> instances = new HashMap<>(this.instances);
		Map<String, List<ServiceInstance>> up = new HashMap<>(this.up);
		Set<String> gone = new HashSet<>();
		List<String> come = new ArrayList<>();
		for (Map.Entry<String, List<EtcdServiceInstance>> service : replaced.entrySet()) {
			String serviceId = service.getKey();
			List<ServiceInstance> callable = List
				.copyOf(service.getValue().stream().filter(EtcdServiceInstance::isUp).toList());
			putOrRemove(instances, serviceId, List.copyOf(service.getValue()));
			putOrRemove(up, serviceId, callable);
			if (callable.isEmpty()) {
				gone.add(serviceId);
			}
			else if (!this.up.containsKey(serviceId)) {
				come.add(serviceId);
			}
		}
		gone.retainAll(this.up.keySet());
		return new Catalog(Collections.unmodifiableMap(instances), Collections.unmodifiableMap(up),
				(come.isEmpty() && gone.isEmpty()) ? this.names : names(come, gone));
	}

	private static <T> void putOrRemove(Map<String, List<T>> map, String key, List<T> value) {
		if (value.isEmpty()) {
			map.remove(key);
		}
		else {
			map.put(key, value);
		}
	}

	/** All but sorted already, which sorting makes use of. */
	private List<String> names(List<String> come, Set<String> gone) {
		return Stream.concat(this.names.stream().filter((name) -> !gone.contains(name)), come.stream())
			.sorted()
			.toList();
	}

}
