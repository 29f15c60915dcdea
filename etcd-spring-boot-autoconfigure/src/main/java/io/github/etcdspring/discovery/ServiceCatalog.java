package io.github.etcdspring.discovery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.InstanceOverrides;
import io.github.etcdspring.registry.SkippedKeys;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.context.SmartLifecycle;

/**
 * In-memory catalog of all service instances, updated by a watch. While etcd is
 * unavailable, the last known instances are kept. All methods are thread-safe, and
 * look-ups neither block nor send requests. Internal: public only for the other packages
 * of the starter.
 */
public final class ServiceCatalog implements SmartLifecycle, AutoCloseable {

	/**
	 * Starts early, so that components which start later can already call other services.
	 */
	private static final int PHASE = Integer.MIN_VALUE + 1000;

	private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

	private static final Log logger = LogFactory.getLog(ServiceCatalog.class);

	private final EtcdConnection connection;

	private final InstanceKeys keys;

	private final boolean failFast;

	private final CatalogEventPublisher events;

	private final CatalogSnapshot snapshotFile;

	private final Mirror mirror;

	private final InstanceOverrides overrides;

	/** Guarded by this. */
	private final RegisteredInstances registered = new RegisteredInstances();

	private final SkippedKeys skipped = new SkippedKeys("instance");

	private final OrderlyRemovals removals;

	private final VanishedInstances vanished;

	private final Set<String> knownServices = ConcurrentHashMap.newKeySet();

	private volatile InstanceListener instanceListener = (previous, current, orderly) -> {
	};

	private volatile Catalog catalog = Catalog.EMPTY;

	/** Age of the catalog while it is the one of the snapshot file. */
	private volatile @Nullable Instant snapshotTime;

	private volatile boolean listed;

	private volatile boolean running;

	ServiceCatalog(EtcdConnection connection, InstanceOverrides overrides, EtcdDiscoveryProperties properties,
			CatalogEventPublisher events) {
		this.connection = connection;
		this.keys = InstanceKeys.of(properties);
		this.overrides = overrides;
		this.failFast = properties.failFast();
		this.events = events;
		this.snapshotFile = new CatalogSnapshot(CatalogFile.of(properties), this::current);
		this.removals = new OrderlyRemovals(this.keys);
		this.vanished = new VanishedInstances(properties.ttl(), System::nanoTime);
		this.mirror = new Mirror(connection, List.of(KeyRange.prefix(this.keys.prefix())), "services", new Listener());
	}

	/**
	 * Open the watch, while the rest of the context is still being created.
	 */
	void open() {
		this.mirror.start();
		this.overrides.addListener(this::overridesChanged);
		this.overrides.start();
		this.snapshotFile.open();
	}

	/**
	 * Wait for the first list, so that the services are known before other components
	 * start. Blocks for up to the request timeout, or with {@code fail-fast} for up to
	 * the startup timeout. Without an answer, the snapshot file is used.
	 * @throws EtcdUnavailableException if the services cannot be read, there is no
	 * snapshot file, and {@code fail-fast} is enabled
	 */
	@Override
	public void start() {
		if (this.running) {
			return;
		}
		this.running = true;
		try {
			if (!awaitListed((this.failFast) ? this.connection.startupTimeout() : this.connection.requestTimeout())) {
				startWithoutEtcd();
			}
			else {
				this.overrides.awaitListed(this.connection.requestTimeout());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.events.open();
	}

	private void startWithoutEtcd() {
		String refused = this.snapshotFile.read(this::begin);
		if (this.listed || this.snapshotTime != null) {
			return;
		}
		EtcdProblem problem = this.mirror.status().problem();
		if (this.failFast) {
			throw new EtcdUnavailableException(
					"The services could not be read from etcd, and spring.cloud.etcd.discovery.fail-fast is set.",
					((problem != null) ? problem.text() : "There was no answer in time.") + refused,
					"spring.cloud.etcd.discovery.fail-fast=false");
		}
		logger.warn("Starting with an empty service catalog, which is filled as soon as etcd is available" + refused);
	}

	/**
	 * Begin with the catalog of the snapshot file, unless etcd has answered meanwhile.
	 */
	private boolean begin(CatalogState last) {
		this.overrides.begin(last.catalog().overrides());
		synchronized (this) {
			if (this.listed) {
				return false;
			}
			last.catalog().registered().forEach((instance) -> this.registered.put(key(instance), instance, 0, 0));
			this.snapshotTime = last.asOf();
			update(this.registered.names(), last.revision());
			return true;
		}
	}

	private ByteSequence key(EtcdServiceInstance instance) {
		return ByteSequence.from(this.keys.key(instance.serviceId(), instance.instanceId()), StandardCharsets.UTF_8);
	}

	/**
	 * Return what is worth saving: nothing before etcd has answered, nor while instances
	 * have vanished that are probably alive.
	 */
	private @Nullable CatalogState current() {
		if (!this.listed || !massExpiries().isEmpty()) {
			return null;
		}
		MirrorStatus status = this.mirror.status();
		return new CatalogState(this.catalog, revision(), (status.synced()) ? Instant.now() : status.since());
	}

	/** Wait until the list is read, the timeout expires, or an operator has to act. */
	private boolean awaitListed(Duration timeout) throws InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!this.mirror.awaitListed(POLL_INTERVAL)) {
			EtcdProblem problem = this.mirror.status().problem();
			if (System.nanoTime() - deadline > 0 || (problem != null && problem.requiresIntervention())) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Keep the catalog, as beans may call services until they are destroyed.
	 */
	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public void close() {
		this.snapshotFile.close();
		this.mirror.close();
		this.events.close();
	}

	/**
	 * Return the instances of a service whose status is {@code UP}.
	 * @param serviceId name of the service
	 * @return an immutable list, empty if there are none
	 */
	List<ServiceInstance> getInstances(String serviceId) {
		return this.catalog.up(serviceId);
	}

	/**
	 * Return the names of all services with at least one instance whose status is
	 * {@code UP}.
	 * @return an immutable sorted list
	 */
	List<String> getServices() {
		return this.catalog.names();
	}

	/**
	 * Return whether the catalog contains, or has contained since the start, the service.
	 * @param serviceId name of the service
	 * @return {@code true} if it was in etcd at any time since the start
	 */
	public boolean knows(String serviceId) {
		return this.knownServices.contains(serviceId);
	}

	/**
	 * Return all instances by service, regardless of their status.
	 * @return an unmodifiable map with immutable lists
	 */
	public Map<String, List<EtcdServiceInstance>> instances() {
		return this.catalog.instances();
	}

	/**
	 * Return the overrides that apply to an instance at the moment.
	 * @return a copy, ordered by service and instance
	 */
	public List<InstanceOverride> overrides() {
		return this.catalog.overrides();
	}

	/**
	 * Keep the instances of a service that vanish at once, without a graceful shutdown.
	 * @param threshold share of the service that has to vanish
	 * @param duration how long to keep them, zero to keep none
	 */
	public void keepVanished(double threshold, Duration duration) {
		this.vanished.keep(threshold, duration);
	}

	/**
	 * Return the instances of a service that vanished at once, without a graceful
	 * shutdown. They are in none of the other lists.
	 * @param serviceId name of the service
	 * @return an immutable list, the same one until it changes
	 */
	public List<ServiceInstance> vanished(String serviceId) {
		return this.vanished.of(serviceId);
	}

	/**
	 * Return what has vanished at once, by service.
	 * @return a sorted copy
	 */
	public Map<String, MassExpiry> massExpiries() {
		return this.vanished.expiries();
	}

	/**
	 * Set the listener for changes of single instances.
	 * @param listener the listener, which must not block
	 */
	public void setInstanceListener(InstanceListener listener) {
		this.instanceListener = listener;
	}

	/**
	 * Return the revision of etcd that the catalog reflects.
	 * @return the revision, 0 before the first list
	 */
	public long revision() {
		return this.mirror.revision();
	}

	/**
	 * Return the number of keys under the prefix that are skipped, as they hold no valid
	 * instance.
	 * @return the current number of skipped keys
	 */
	public int skipped() {
		return this.skipped.count();
	}

	/**
	 * Return whether the catalog is synchronized with etcd or stale.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.mirror.status();
	}

	/**
	 * Return the time of the snapshot file if the catalog was read from it.
	 * @return the time, {@code null} once etcd has answered
	 */
	public @Nullable Instant snapshotTime() {
		return this.snapshotTime;
	}

	/**
	 * Return the state and the statistics of the watch.
	 * @return the report
	 */
	public MirrorReport watch() {
		return this.mirror.report();
	}

	private synchronized void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		Set<String> affected = new HashSet<>();
		if (!this.listed) {
			// those of the snapshot file, which etcd may not hold
			affected.addAll(this.registered.names());
			this.registered.clear();
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
				boolean orderly = this.removals.contains(key);
				if (this.listed) {
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
		this.listed = true;
		this.snapshotTime = null;
		// only now, so that a caller finds either of them
		settled.forEach((name) -> this.vanished.settled(name.serviceId(), name.instanceId()));
		this.removals.clear();
		this.events.listed();
	}

	private synchronized void overridesChanged() {
		Set<String> affected = new HashSet<>();
		this.overrides.active().keySet().forEach((name) -> affected.add(name.serviceId()));
		this.catalog.overridden().keySet().forEach((name) -> affected.add(name.serviceId()));
		affected.retainAll(this.registered.names());
		update(affected, 0);
	}

	/**
	 * Publish the instances of services that may have changed. Keys rewritten with the
	 * same values are no change for listeners.
	 */
	private void update(Set<String> services, long revision) {
		Map<String, List<EtcdServiceInstance>> replaced = new HashMap<>();
		Map<InstanceKey, OverriddenInstance> overridden = new HashMap<>(this.catalog.overridden());
		overridden.keySet().removeIf((name) -> services.contains(name.serviceId()));
		boolean modified = false;
		for (String service : services) {
			List<EtcdServiceInstance> found = this.registered.of(service, this.overrides.active(), overridden);
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
		}
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
	 * Receives what the mirror tells.
	 */
	private final class Listener implements MirrorListener {

		@Override
		public void arrived(List<WatchEvent> events) {
			ServiceCatalog.this.removals.arrived(events);
		}

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			ServiceCatalog.this.changed(snapshot, changed);
		}

	}

}
