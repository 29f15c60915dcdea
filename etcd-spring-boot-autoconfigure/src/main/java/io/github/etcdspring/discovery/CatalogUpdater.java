package io.github.etcdspring.discovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverrides;
import io.github.etcdspring.registry.SkippedKeys;
import io.github.etcdspring.registry.StoredOverride;
import org.jspecify.annotations.Nullable;

/**
 * Applies what mirrors and overrides report to an immutable {@link Catalog}, which any
 * thread may read.
 */
final class CatalogUpdater {

	private final InstanceKeys keys;

	private final InstanceOverrides overrides;

	private final CatalogEventPublisher events;

	private final VanishedInstances vanished;

	/** Guarded by this. */
	private final RegisteredInstances registered = new RegisteredInstances();

	private final SkippedKeys skipped = new SkippedKeys("instance");

	private final Set<String> knownServices = ConcurrentHashMap.newKeySet();

	private final ServiceListeners listeners = new ServiceListeners();

	/** Services that have been listed by a mirror of their own. */
	private final Set<String> listed = ConcurrentHashMap.newKeySet();

	private volatile boolean allListed;

	private volatile InstanceListener instanceListener = (previous, current, orderly) -> {
	};

	private volatile Catalog catalog = Catalog.EMPTY;

	CatalogUpdater(InstanceKeys keys, InstanceOverrides overrides, VanishedInstances vanished,
			CatalogEventPublisher events) {
		this.keys = keys;
		this.overrides = overrides;
		this.vanished = vanished;
		this.events = events;
	}

	Catalog catalog() {
		return this.catalog;
	}

	/** Whether the catalog contains, or has ever contained, a service. */
	boolean knows(String service) {
		return this.knownServices.contains(service);
	}

	int skipped() {
		return this.skipped.count();
	}

	void setInstanceListener(InstanceListener listener) {
		this.instanceListener = listener;
	}

	ServiceListeners listeners() {
		return this.listeners;
	}

	/**
	 * Return a listener for a mirror of one or all services.
	 * @param service the name of the service, {@code null} for all
	 * @param listed run after the first list has been applied
	 * @return the listener
	 */
	MirrorListener listener(@Nullable String service, Runnable listed) {
		return new Listener(service, listed);
	}

	/**
	 * Whether a service has been listed, so that the catalog has its instances.
	 * @param service the name of the service
	 * @return {@code false} if the catalog may not know it yet
	 */
	boolean isListed(String service) {
		return this.allListed || this.listed.contains(service);
	}

	/** Whether all services have been listed. */
	boolean isAllListed() {
		return this.allListed;
	}

	/**
	 * Begin with the instances of a snapshot file, except those of services that have
	 * been listed meanwhile.
	 * @param last the last known catalog
	 * @return {@code false} if all services have been listed
	 */
	synchronized boolean begin(CatalogState last) {
		if (this.allListed) {
			return false;
		}
		last.catalog()
			.registered()
			.stream()
			.filter((instance) -> !isListed(instance.serviceId()))
			.forEach((instance) -> this.registered.put(key(instance), instance, 0, 0));
		update(Set.copyOf(this.registered.names()), last.revision());
		return true;
	}

	private ByteSequence key(EtcdServiceInstance instance) {
		return ByteSequence.from(this.keys.key(instance.serviceId(), instance.instanceId()), StandardCharsets.UTF_8);
	}

	/**
	 * Drop services that are no longer followed.
	 * @param followed matches those that are
	 */
	synchronized void retain(Predicate<String> followed) {
		Set<String> dropped = new HashSet<>(this.registered.names());
		dropped.addAll(this.listed);
		dropped.removeIf(followed);
		this.listed.removeAll(dropped);
		dropped.forEach(this.registered::remove);
		this.skipped.removeIf((key) -> {
			InstanceKey name = this.keys.parse(key);
			return name != null && dropped.contains(name.serviceId());
		});
		if (!dropped.isEmpty()) {
			update(dropped, 0);
		}
	}

	synchronized void overridesChanged() {
		Set<String> affected = new HashSet<>();
		this.overrides.applicable().keySet().forEach((name) -> affected.add(name.serviceId()));
		this.catalog.overridden().keySet().forEach((name) -> affected.add(name.serviceId()));
		affected.retainAll(this.registered.names());
		update(affected, 0);
	}

	private synchronized void changed(Listener mirror, Snapshot snapshot, Set<ByteSequence> changed) {
		Set<String> affected = new HashSet<>();
		if (!mirror.listed) {
			// those of the snapshot file or of an earlier mirror, which etcd may not hold
			Set<String> known = (mirror.service != null) ? Set.of(mirror.service) : Set.copyOf(this.registered.names());
			affected.addAll(known);
			known.forEach(this.registered::remove);
		}
		List<InstanceKey> settled = new ArrayList<>();
		for (ByteSequence key : changed) {
			InstanceKey name = this.keys.parse(key);
			KeyValue entry = snapshot.entries().get(key);
			if (entry == null) {
				this.skipped.remove(key);
			}
			if (name != null) {
				affected.add(name.serviceId());
				EtcdServiceInstance known = (entry != null) ? null : this.catalog.find(name);
				EtcdServiceInstance current = (entry != null) ? read(name, entry) : null;
				EtcdServiceInstance previous = set(name, key, current, entry);
				boolean orderly = mirror.removals.contains(key);
				if (mirror.listed) {
					this.instanceListener.changed(previous, current, orderly);
				}
				if (entry != null || orderly) {
					settled.add(name);
				}
				else if (known != null && known.isUp()) {
					this.vanished.vanished(known);
				}
			}
			else if (entry != null) {
				this.skipped.add(key, "the key does not match " + this.keys.prefix() + "{service}/{instance-id}");
			}
		}
		update(affected, snapshot.revision());
		// only now, so that a caller finds either of them
		settled.forEach((name) -> this.vanished.settled(name.serviceId(), name.instanceId()));
		mirror.removals.clear();
		boolean first = !mirror.listed;
		mirror.listed = true;
		if (mirror.service != null) {
			this.listed.add(mirror.service);
		}
		else {
			this.allListed = true;
		}
		if (first) {
			// also those of services without instances
			this.listeners.notify((mirror.service != null) ? Set.of(mirror.service) : this.listeners.services());
		}
	}

	/**
	 * Publish the instances of services that may have changed. Keys rewritten with the
	 * same values are no change for listeners.
	 */
	private void update(Set<String> services, long revision) {
		Map<String, List<EtcdServiceInstance>> replaced = new HashMap<>();
		Map<InstanceKey, StoredOverride> overrides = this.overrides.applicable();
		Map<InstanceKey, OverriddenInstance> overridden = new HashMap<>(this.catalog.overridden());
		overridden.keySet().removeIf((name) -> services.contains(name.serviceId()));
		boolean modified = false;
		for (String service : services) {
			List<EtcdServiceInstance> found = this.registered.of(service, overrides, overridden);
			this.vanished.update(service, (int) found.stream().filter(EtcdServiceInstance::isUp).count());
			List<EtcdServiceInstance> previous = this.catalog.instances().getOrDefault(service, List.of());
			if (!found.equals(previous)) {
				replaced.put(service, found);
				modified = true;
			}
			else if (!revisions(found).equals(revisions(previous))) {
				replaced.put(service, found);
			}
		}
		if (!replaced.isEmpty() || !overridden.equals(this.catalog.overridden())) {
			this.knownServices.addAll(replaced.keySet());
			this.catalog = this.catalog.with(replaced).withOverridden(overridden);
		}
		if (modified) {
			this.events.changed(revision);
			this.listeners.notify(replaced.keySet());
		}
		overridden.forEach((name, found) -> {
			StoredOverride override = overrides.get(name);
			if (override != null && override.deleted() && services.contains(name.serviceId())) {
				this.overrides.forgetIf(name, override, () -> isAt(name, found.registered().revision()));
			}
		});
	}

	private boolean isAt(InstanceKey name, long revision) {
		EtcdServiceInstance now = this.catalog.find(name);
		return now != null && now.revision() == revision;
	}

	private static List<Long> revisions(List<EtcdServiceInstance> instances) {
		return instances.stream().map(EtcdServiceInstance::revision).toList();
	}

	private @Nullable EtcdServiceInstance set(InstanceKey name, ByteSequence key,
			@Nullable EtcdServiceInstance instance, @Nullable KeyValue entry) {
		if (entry != null && instance != null) {
			return this.registered.put(key, instance, entry.getCreateRevision(), entry.getLease());
		}
		return this.registered.remove(name.serviceId(), key);
	}

	private @Nullable EtcdServiceInstance read(InstanceKey name, KeyValue entry) {
		try {
			EtcdServiceInstance instance = InstanceFormat.read(name, entry.getValue().getBytes())
				.withRevision(entry.getModRevision());
			this.skipped.remove(entry.getKey());
			return instance;
		}
		catch (IllegalArgumentException ex) {
			this.skipped.add(entry.getKey(), String.valueOf(ex.getMessage()));
			return null;
		}
	}

	/**
	 * Receives what a mirror reports, on its thread.
	 */
	private final class Listener implements MirrorListener {

		private final @Nullable String service;

		private final Runnable firstList;

		private final OrderlyRemovals removals = new OrderlyRemovals(CatalogUpdater.this.keys);

		private boolean listed;

		Listener(@Nullable String service, Runnable firstList) {
			this.service = service;
			this.firstList = firstList;
		}

		@Override
		public void arrived(List<WatchEvent> events) {
			this.removals.arrived(events);
		}

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			boolean first = !this.listed;
			CatalogUpdater.this.changed(this, snapshot, changed);
			if (first) {
				this.firstList.run();
			}
		}

	}

}
