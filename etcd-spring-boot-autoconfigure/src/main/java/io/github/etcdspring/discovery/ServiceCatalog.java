package io.github.etcdspring.discovery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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

	private static final int MAX_KEY_LENGTH = 300;

	private final EtcdConnection connection;

	private final InstanceKeys keys;

	private final boolean failFast;

	private final CatalogEventPublisher events;

	private final @Nullable CatalogFile file;

	private final @Nullable CatalogSaver saver;

	private final Mirror mirror;

	/** All instances by service and key; confined to the thread of the mirror. */
	private final Map<String, Map<ByteSequence, EtcdServiceInstance>> instances = new HashMap<>();

	/** Keys that hold no instance; confined to the thread of the mirror. */
	private final Set<ByteSequence> skipped = new HashSet<>();

	private final OrderlyRemovals removals;

	private final VanishedInstances vanished;

	private final Set<String> knownServices = ConcurrentHashMap.newKeySet();

	private volatile InstanceListener instanceListener = (previous, current, orderly) -> {
	};

	private volatile Catalog catalog = Catalog.EMPTY;

	private volatile int skippedKeys;

	/** Age of the catalog while it is the one of the snapshot file. */
	private volatile @Nullable Instant snapshotTime;

	private volatile boolean listed;

	private volatile boolean running;

	ServiceCatalog(EtcdConnection connection, InstanceKeys keys, EtcdDiscoveryProperties properties,
			CatalogEventPublisher events) {
		this.connection = connection;
		this.keys = keys;
		this.failFast = properties.failFast();
		this.events = events;
		Path path = properties.snapshotFile();
		this.file = (path != null) ? new CatalogFile(path, properties.snapshotMaxAge(), keys) : null;
		this.saver = (this.file != null) ? new CatalogSaver(this.file, this::current) : null;
		this.removals = new OrderlyRemovals(keys);
		this.vanished = new VanishedInstances(properties.ttl(), System::nanoTime);
		this.mirror = new Mirror(connection, List.of(KeyRange.prefix(keys.prefix())), "services", new Listener());
	}

	/**
	 * Open the watch, while the rest of the context is still being created.
	 */
	void open() {
		this.mirror.start();
		if (this.saver != null) {
			this.saver.start();
		}
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
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.events.open();
	}

	private void startWithoutEtcd() {
		String refused = readFile();
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
	 * Use the snapshot file unless etcd has answered meanwhile.
	 * @return why it cannot be used, empty if there is nothing to say
	 */
	private String readFile() {
		if (this.file == null) {
			return "";
		}
		try {
			begin(this.file.read());
			return "";
		}
		catch (NoSuchFileException ex) {
			return ". There is no snapshot file " + this.file;
		}
		catch (IOException ex) {
			return ". The snapshot file " + this.file + " cannot be used: " + ex.getMessage();
		}
	}

	private synchronized void begin(CatalogState last) {
		if (this.listed) {
			return;
		}
		Map<String, List<EtcdServiceInstance>> instances = last.catalog().instances();
		this.knownServices.addAll(instances.keySet());
		this.snapshotTime = last.asOf();
		this.catalog = last.catalog();
		this.events.changed(last.revision());
		logger.warn("Starting with the service catalog of the snapshot file " + this.file + ", saved "
				+ CatalogFile.ageText(last.asOf()) + " ago, with "
				+ instances.values().stream().mapToInt(List::size).sum() + " instances of " + instances.size()
				+ " services. It is replaced as soon as etcd is available");
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
		if (this.saver != null) {
			this.saver.close();
		}
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
		return this.skippedKeys;
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
		List<InstanceKey> settled = new ArrayList<>();
		for (ByteSequence key : changed) {
			InstanceKey name = this.keys.parse(key);
			KeyValue entry = snapshot.entries().get(key);
			if (entry == null) {
				this.skipped.remove(key);
			}
			if (name != null) {
				affected.add(name.serviceId());
				EtcdServiceInstance current = (entry != null) ? read(name, entry) : null;
				EtcdServiceInstance previous = set(name, key, current);
				boolean orderly = this.removals.contains(key);
				if (this.listed) {
					this.instanceListener.changed(previous, current, orderly);
				}
				if (entry != null || orderly) {
					settled.add(name);
				}
				else if (previous != null && previous.isUp()) {
					this.vanished.vanished(previous);
				}
			}
			else if (entry != null) {
				skip(key, "the key does not match " + this.keys.prefix() + "{service}/{instance-id}");
			}
		}
		this.skippedKeys = this.skipped.size();
		if (!this.listed) {
			// those of the snapshot file, which etcd may not hold
			affected.addAll(this.catalog.instances().keySet());
		}
		Map<String, List<EtcdServiceInstance>> replaced = new HashMap<>();
		boolean modified = false;
		for (String serviceId : affected) {
			List<EtcdServiceInstance> found = new ArrayList<>(
					this.instances.getOrDefault(serviceId, Map.of()).values());
			found.sort(Catalog.ORDER);
			this.vanished.update(serviceId, (int) found.stream().filter(EtcdServiceInstance::isUp).count());
			List<EtcdServiceInstance> previous = this.catalog.instances().getOrDefault(serviceId, List.of());
			if (!found.equals(previous)) {
				replaced.put(serviceId, found);
				modified = true;
			}
			else if (!revisions(found).equals(revisions(previous))) {
				replaced.put(serviceId, found);
			}
		}
		if (!replaced.isEmpty()) {
			this.knownServices.addAll(replaced.keySet());
			this.catalog = this.catalog.with(replaced);
		}
		this.listed = true;
		this.snapshotTime = null;
		// only now, so that a caller finds either of them
		settled.forEach((name) -> this.vanished.settled(name.serviceId(), name.instanceId()));
		this.removals.clear();
		// keys rewritten with the same values are no change for listeners
		if (modified) {
			this.events.changed(snapshot.revision());
		}
		this.events.listed();
	}

	private static List<Long> revisions(List<EtcdServiceInstance> instances) {
		return instances.stream().map(EtcdServiceInstance::revision).toList();
	}

	private @Nullable EtcdServiceInstance set(InstanceKey name, ByteSequence key,
			@Nullable EtcdServiceInstance instance) {
		if (instance != null) {
			return this.instances.computeIfAbsent(name.serviceId(), (serviceId) -> new HashMap<>()).put(key, instance);
		}
		Map<ByteSequence, EtcdServiceInstance> ofService = this.instances.get(name.serviceId());
		if (ofService == null) {
			return null;
		}
		EtcdServiceInstance previous = ofService.remove(key);
		if (ofService.isEmpty()) {
			this.instances.remove(name.serviceId());
		}
		return previous;
	}

	private @Nullable EtcdServiceInstance read(InstanceKey name, KeyValue entry) {
		try {
			EtcdServiceInstance instance = InstanceFormat.read(name, entry.getValue().getBytes())
				.withRevision(entry.getModRevision());
			this.skipped.remove(entry.getKey());
			return instance;
		}
		catch (IllegalArgumentException ex) {
			skip(entry.getKey(), String.valueOf(ex.getMessage()));
			return null;
		}
	}

	private void skip(ByteSequence key, String reason) {
		if (this.skipped.add(key)) {
			logger.warn("The etcd key " + printable(key.toString(StandardCharsets.UTF_8))
					+ " holds no instance and is skipped: " + reason);
		}
	}

	/** Replace control characters, which could inject lines into the log. */
	static String printable(String name) {
		String text = name.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
		return (text.length() <= MAX_KEY_LENGTH) ? text : text.substring(0, MAX_KEY_LENGTH) + "...";
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
