package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.github.etcdspring.registry.EtcdServiceInstance;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Immutable state of the catalog, which readers use without locking or copying.
 *
 * @param instances all instances by service, ordered by their ids
 * @param names sorted names of the services with at least one instance whose status is
 * {@code UP}
 */
record Catalog(ServiceMap instances, List<String> names) {

	static final Catalog EMPTY = new Catalog(ServiceMap.EMPTY, List.of());

	static final Comparator<EtcdServiceInstance> ORDER = Comparator.comparing(EtcdServiceInstance::instanceId);

	/**
	 * Return the instances of a service whose status is {@code UP}.
	 * @param service the name of the service
	 * @return an immutable list, empty if there are none
	 */
	List<ServiceInstance> up(String service) {
		return this.instances.up(service);
	}

	/**
	 * Return a copy of this catalog with some services replaced. All others are shared.
	 * @param replaced the instances of each service that changed, empty if it is removed
	 * @return the new catalog
	 */
	Catalog with(Map<String, List<EtcdServiceInstance>> replaced) {
		ServiceMap next = this.instances.with(replaced);
		Set<String> removed = new HashSet<>();
		List<String> added = new ArrayList<>();
		for (String service : replaced.keySet()) {
			boolean wasListed = !up(service).isEmpty();
			boolean isListed = !next.up(service).isEmpty();
			if (wasListed && !isListed) {
				removed.add(service);
			}
			else if (isListed && !wasListed) {
				added.add(service);
			}
		}
		return new Catalog(next, (added.isEmpty() && removed.isEmpty()) ? this.names : names(added, removed));
	}

	/** The names are almost sorted already, which makes sorting cheap. */
	private List<String> names(List<String> added, Set<String> removed) {
		return Stream.concat(this.names.stream().filter((name) -> !removed.contains(name)), added.stream())
			.sorted()
			.toList();
	}

}
