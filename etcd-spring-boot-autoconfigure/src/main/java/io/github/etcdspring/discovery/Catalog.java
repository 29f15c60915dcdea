package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceOverride;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;

/**
 * Immutable state of the catalog, which readers use without locking or copying.
 *
 * @param instances all instances by service, ordered by their ids
 * @param names sorted names of the services with at least one instance whose status is
 * {@code UP}
 * @param overridden the instances that an operator has overridden, as registered
 */
record Catalog(ServiceMap instances, List<String> names, Map<InstanceKey, OverriddenInstance> overridden) {

	static final Catalog EMPTY = new Catalog(ServiceMap.EMPTY, List.of(), Map.of());

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
	 * Return an instance as callers see it.
	 * @param name its name
	 * @return the instance, {@code null} if there is none
	 */
	@Nullable EtcdServiceInstance find(InstanceKey name) {
		return this.instances.getOrDefault(name.serviceId(), List.of())
			.stream()
			.filter((instance) -> instance.instanceId().equals(name.instanceId()))
			.findFirst()
			.orElse(null);
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
		return new Catalog(next, (added.isEmpty() && removed.isEmpty()) ? this.names : names(added, removed),
				this.overridden);
	}

	/**
	 * Return a copy of this catalog with other overridden instances.
	 * @param overridden all instances that are overridden now
	 * @return the new catalog
	 */
	Catalog withOverridden(Map<InstanceKey, OverriddenInstance> overridden) {
		return new Catalog(this.instances, this.names, Map.copyOf(overridden));
	}

	/**
	 * Return all instances as registered, without overrides.
	 * @return the instances
	 */
	List<EtcdServiceInstance> registered() {
		List<EtcdServiceInstance> registered = new ArrayList<>();
		this.instances.values()
			.forEach((instances) -> instances.forEach((instance) -> registered.add(registered(instance))));
		return registered;
	}

	private EtcdServiceInstance registered(EtcdServiceInstance instance) {
		OverriddenInstance found = this.overridden.get(new InstanceKey(instance.serviceId(), instance.instanceId()));
		return (found != null) ? found.registered() : instance;
	}

	/**
	 * Return the overrides that apply to an instance.
	 * @return the overrides, ordered by service and instance
	 */
	List<InstanceOverride> overrides() {
		return this.overridden.values()
			.stream()
			.map(OverriddenInstance::override)
			.sorted(Comparator.comparing(InstanceOverride::service).thenComparing(InstanceOverride::instance))
			.toList();
	}

	/** The names are almost sorted already, which makes sorting cheap. */
	private List<String> names(List<String> added, Set<String> removed) {
		return Stream.concat(this.names.stream().filter((name) -> !removed.contains(name)), added.stream())
			.sorted()
			.toList();
	}

}
