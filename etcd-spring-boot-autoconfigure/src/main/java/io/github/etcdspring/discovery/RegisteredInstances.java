package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.StoredOverride;
import org.jspecify.annotations.Nullable;

/**
 * All instances as registered in etcd, without overrides. Not thread-safe.
 */
final class RegisteredInstances {

	private final Map<String, Map<ByteSequence, Registered>> services = new HashMap<>();

	/**
	 * Add an instance, or replace it.
	 * @param key its key
	 * @param instance the instance
	 * @param created revision at which its key was created, 0 if it is unknown
	 * @param lease lease of its key, 0 if it has none
	 * @return the instance that it replaces, without an override
	 */
	@Nullable EtcdServiceInstance put(ByteSequence key, EtcdServiceInstance instance, long created, long lease) {
		Registered previous = this.services.computeIfAbsent(instance.serviceId(), (service) -> new HashMap<>())
			.put(key, new Registered(instance, created, lease));
		return (previous != null) ? previous.instance() : null;
	}

	/**
	 * Remove an instance, if it exists.
	 * @param service name of the service
	 * @param key its key
	 * @return the removed instance, without an override
	 */
	@Nullable EtcdServiceInstance remove(String service, ByteSequence key) {
		Map<ByteSequence, Registered> instances = this.services.get(service);
		Registered removed = (instances != null) ? instances.remove(key) : null;
		if (instances != null && instances.isEmpty()) {
			this.services.remove(service);
		}
		return (removed != null) ? removed.instance() : null;
	}

	/**
	 * Return the names of all services.
	 * @return a view
	 */
	Set<String> names() {
		return this.services.keySet();
	}

	/** Remove all instances of a service. */
	void remove(String service) {
		this.services.remove(service);
	}

	/**
	 * Return the instances of a service as callers see them.
	 * @param service name of the service
	 * @param overrides all active overrides
	 * @param overridden receives the instances that have an override
	 * @return the instances, ordered by their ids
	 */
	List<EtcdServiceInstance> of(String service, Map<InstanceKey, StoredOverride> overrides,
			Map<InstanceKey, OverriddenInstance> overridden) {
		List<EtcdServiceInstance> found = new ArrayList<>();
		for (Registered registered : this.services.getOrDefault(service, Map.of()).values()) {
			EtcdServiceInstance instance = registered.instance();
			StoredOverride override = (overrides.isEmpty()) ? null : registered.find(overrides);
			if (override != null) {
				overridden.put(registered.name(), new OverriddenInstance(instance, override.override()));
				instance = override.override().applyTo(instance);
			}
			found.add(instance);
		}
		found.sort(Catalog.ORDER);
		return found;
	}

	/**
	 * Instance with what tells it from an earlier process with the same instance id.
	 *
	 * @param instance the instance
	 * @param created revision at which its key was created
	 * @param lease lease of its key
	 */
	private record Registered(EtcdServiceInstance instance, long created, long lease) {

		InstanceKey name() {
			return new InstanceKey(this.instance.serviceId(), this.instance.instanceId());
		}

		@Nullable StoredOverride find(Map<InstanceKey, StoredOverride> overrides) {
			StoredOverride override = overrides.get(name());
			return (override != null && override.isFor(this.created, this.lease)) ? override : null;
		}

	}

}
