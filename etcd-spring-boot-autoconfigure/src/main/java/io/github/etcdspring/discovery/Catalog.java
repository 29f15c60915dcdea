package io.github.etcdspring.discovery;

import java.util.ArrayList;
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
record Catalog(ServiceMap<EtcdServiceInstance> instances, ServiceMap<ServiceInstance> up, List<String> names) {

	static final Catalog EMPTY = new Catalog(ServiceMap.empty(), ServiceMap.empty(), List.of());

	static final Comparator<EtcdServiceInstance> ORDER = Comparator.comparing(EtcdServiceInstance::instanceId);

	/**
	 * Return this catalog with some services replaced. It shares all others.
	 * @param replaced the instances of each service that changed, empty if it is gone
	 * @return the new catalog
	 */
	Catalog with(Map<String, List<EtcdServiceInstance>> replaced) {
		Map<String, List<EtcdServiceInstance>> instances = new HashMap<>();
		Map<String, List<ServiceInstance>> up = new HashMap<>();
		Set<String> gone = new HashSet<>();
		List<String> come = new ArrayList<>();
		replaced.forEach((service, found) -> {
			List<ServiceInstance> callable = List.copyOf(found.stream().filter(EtcdServiceInstance::isUp).toList());
			instances.put(service, List.copyOf(found));
			up.put(service, callable);
			boolean hasName = this.up.containsKey(service);
			if (callable.isEmpty() && hasName) {
				gone.add(service);
			}
			else if (!callable.isEmpty() && !hasName) {
				come.add(service);
			}
		});
		return new Catalog(this.instances.with(instances), this.up.with(up),
				(come.isEmpty() && gone.isEmpty()) ? this.names : names(come, gone));
	}

	/** All but sorted already, which sorting makes use of. */
	private List<String> names(List<String> come, Set<String> gone) {
		return Stream.concat(this.names.stream().filter((name) -> !gone.contains(name)), come.stream())
			.sorted()
			.toList();
	}

}
