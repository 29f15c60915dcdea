package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.github.etcdspring.mirror.TrieMap;
import io.github.etcdspring.registry.EtcdServiceInstance;

import org.springframework.cloud.client.ServiceInstance;

/**
 * All instances at one time. Immutable, so that a reader needs neither lock nor copy.
 *
 * @param instances all instances by service, in the order of their ids
 * @param up those that may be called, by service
 * @param names names of the services that have any such, sorted
 */
record Catalog(TrieMap<String, List<EtcdServiceInstance>> instances, TrieMap<String, List<ServiceInstance>> up,
		List<String> names) {

	static final Catalog EMPTY = new Catalog(TrieMap.empty(), TrieMap.empty(), List.of());

	static final Comparator<EtcdServiceInstance> ORDER = Comparator.comparing(EtcdServiceInstance::instanceId);

	/**
	 * This catalog with some services replaced. The others cost nothing.
	 * @param replaced the instances of each service that changed, empty if it is gone
	 * @return the new catalog
	 */
	Catalog with(Map<String, List<EtcdServiceInstance>> replaced) {
		TrieMap<String, List<EtcdServiceInstance>> instances = this.instances;
		TrieMap<String, List<ServiceInstance>> up = this.up;
		Set<String> gone = new HashSet<>();
		List<String> come = new ArrayList<>();
		for (Map.Entry<String, List<EtcdServiceInstance>> service : replaced.entrySet()) {
			String serviceId = service.getKey();
			List<ServiceInstance> callable = List
				.copyOf(service.getValue().stream().filter(EtcdServiceInstance::isUp).toList());
			instances = withOrWithout(instances, serviceId, List.copyOf(service.getValue()));
			up = withOrWithout(up, serviceId, callable);
			if (callable.isEmpty()) {
				gone.add(serviceId);
			}
			else if (!this.up.containsKey(serviceId)) {
				come.add(serviceId);
			}
		}
		gone.retainAll(this.up.keySet());
		return new Catalog(instances, up, (come.isEmpty() && gone.isEmpty()) ? this.names : names(come, gone));
	}

	private static <T> TrieMap<String, List<T>> withOrWithout(TrieMap<String, List<T>> map, String key, List<T> value) {
		return (value.isEmpty()) ? map.without(key) : map.with(key, value);
	}

	/** All but sorted already, which sorting makes use of. */
	private List<String> names(List<String> come, Set<String> gone) {
		return Stream.concat(this.names.stream().filter((name) -> !gone.contains(name)), come.stream())
			.sorted()
			.toList();
	}

}
