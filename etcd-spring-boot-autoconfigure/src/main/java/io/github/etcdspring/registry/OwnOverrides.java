package io.github.etcdspring.registry;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Overrides of the instances of this application: logs them, and binds their keys to the
 * lease, so that they end with the instance. Thread-safe.
 */
final class OwnOverrides implements InstanceOverrides.Listener {

	private static final Log logger = LogFactory.getLog(OwnOverrides.class);

	private final LeaseSession session;

	private final InstanceKeys keys;

	private final InstanceOverrides overrides;

	/** Instances that were registered at any time. */
	private final Map<InstanceKey, String> instances = new ConcurrentHashMap<>();

	/** The last override of each instance that was bound to the lease. */
	private final Map<InstanceKey, KeyValue> adopted = new HashMap<>();

	/** The overrides that have been logged. */
	private final Map<InstanceKey, InstanceOverride> logged = new HashMap<>();

	OwnOverrides(LeaseSession session, InstanceKeys keys, InstanceOverrides overrides) {
		this.session = session;
		this.keys = keys;
		this.overrides = overrides;
		overrides.addListener(this);
	}

	/**
	 * Follow the overrides of an instance.
	 * @param instance the instance
	 * @param registered completes when it is registered
	 */
	void follow(EtcdServiceInstance instance, CompletableFuture<Void> registered) {
		InstanceKey name = name(instance);
		this.instances.put(name, this.keys.key(name.serviceId(), name.instanceId()));
		this.overrides.start();
		CompletableFuture<Void> unused = registered.thenRun(this::changed);
	}

	/**
	 * Delete the override of an instance that was deregistered for good.
	 * @param instance the instance
	 */
	void discard(EtcdServiceInstance instance) {
		InstanceKey name = name(instance);
		String key = this.instances.remove(name);
		StoredOverride override = this.overrides.active(name);
		if (key != null && override != null && override.entry() != null) {
			this.session.discard(override.entry(), key);
		}
	}

	/**
	 * Return the override of an instance that callers honor at the moment.
	 * @param instance the instance
	 * @return the override, {@code null} if there is none
	 */
	@Nullable InstanceOverride of(EtcdServiceInstance instance) {
		return current(name(instance));
	}

	private @Nullable InstanceOverride current(InstanceKey name) {
		StoredOverride override = this.overrides.active(name);
		String key = this.instances.get(name);
		if (override == null || key == null) {
			return null;
		}
		long since = this.session.heldSinceRevision(key);
		return (since > 0 && override.isFor(since, this.session.status().lease())) ? override.override() : null;
	}

	private static InstanceKey name(EtcdServiceInstance instance) {
		return new InstanceKey(instance.serviceId(), instance.instanceId());
	}

	@Override
	public synchronized void changed() {
		this.instances.forEach((name, key) -> {
			StoredOverride override = this.overrides.active(name);
			KeyValue entry = (override != null) ? override.entry() : null;
			if (entry != null && !Snapshot.isSame(entry, this.adopted.put(name, entry))) {
				this.session.adopt(entry, key);
			}
			log(name, current(name));
		});
	}

	/**
	 * An override that is not honored by anyone, as its instance is away, is not logged.
	 */
	private void log(InstanceKey name, @Nullable InstanceOverride current) {
		InstanceOverride before = this.logged.get(name);
		if (current != null && !current.equals(before)) {
			this.logged.put(name, current);
			logger.warn("Instance " + name.instanceId() + " of service '" + name.serviceId() + "' is "
					+ current.description());
		}
		else if (before != null && this.overrides.active(name) == null) {
			this.logged.remove(name);
			logger.info("The override of instance " + name.instanceId() + " of service '" + name.serviceId()
					+ "' has ended");
		}
	}

	@Override
	public void ended(InstanceKey name, KeyValue entry) {
		String key = this.instances.get(name);
		if (key != null) {
			this.session.discard(entry, key);
		}
	}

	@Override
	public void missing(ByteSequence key, long revision) {
		this.session.deleted(key, revision);
	}

}
