package io.github.etcdspring.discovery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.mirror.Snapshot;
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

	private final Mirror mirror;

	/** All instances by service and key; confined to the thread of the mirror. */
	private final Map<String, Map<ByteSequence, EtcdServiceInstance>> instances = new HashMap<>();

	/** Keys that hold no instance; confined to the thread of the mirror. */
	private final Set<ByteSequence> skipped = new HashSet<>();

	private final Set<String> knownServices = ConcurrentHashMap.newKeySet();

	private volatile Catalog catalog = Catalog.EMPTY;

	private volatile int skippedKeys;

	private volatile boolean running;

	ServiceCatalog(EtcdConnection connection, InstanceKeys keys, boolean failFast, CatalogEventPublisher events) {
		this.connection = connection;
		this.keys = keys;
		this.failFast = failFast;
		this.events = events;
		this.mirror = new Mirror(connection, List.of(KeyRange.prefix(keys.prefix())), "services", this::changed);
	}

	/**
	 * Open the watch, while the rest of the context is still being created.
	 */
	void open() {
		this.mirror.start();
	}

	/**
	 * Wait for the first list, so that the services are known before other components
	 * start. Blocks for up to the request timeout, or with {@code fail-fast} for up to
	 * the startup timeout.
	 * @throws EtcdUnavailableException if the services cannot be read and
	 * {@code fail-fast} is enabled
	 */
	@Override
	public void start() {
		if (this.running) {
			return;
		}
		this.running = true;
		try {
			if (!awaitListed((this.failFast) ? this.connection.startupTimeout() : this.connection.requestTimeout())) {
				EtcdProblem problem = this.mirror.status().problem();
				if (this.failFast) {
					throw new EtcdUnavailableException(
							"The services could not be read from etcd, and spring.cloud.etcd.discovery.fail-fast is set.",
							(problem != null) ? problem.text() : "There was no answer in time.",
							"spring.cloud.etcd.discovery.fail-fast=false");
				}
				logger.warn("Starting with an empty service catalog, which is filled as soon as etcd is available");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.events.open();
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
	 * Return the state and the statistics of the watch.
	 * @return the report
	 */
	public MirrorReport watch() {
		return this.mirror.report();
	}

	private void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		Set<String> affected = new HashSet<>();
		for (ByteSequence key : changed) {
			InstanceKey name = this.keys.parse(key);
			KeyValue entry = snapshot.entries().get(key);
			if (entry == null) {
				this.skipped.remove(key);
			}
			if (name != null) {
				affected.add(name.serviceId());
				set(name, key, (entry != null) ? read(name, entry) : null);
			}
			else if (entry != null) {
				skip(key, "the key does not match " + this.keys.prefix() + "{service}/{instance-id}");
			}
		}
		this.skippedKeys = this.skipped.size();
		Map<String, List<EtcdServiceInstance>> replaced = new HashMap<>();
		boolean modified = false;
		for (String serviceId : affected) {
			List<EtcdServiceInstance> found = new ArrayList<>(
					this.instances.getOrDefault(serviceId, Map.of()).values());
			found.sort(Catalog.ORDER);
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
		// keys rewritten with the same values are no change for listeners
		if (modified) {
			this.events.changed(snapshot.revision());
		}
		this.events.listed();
	}

	private static List<Long> revisions(List<EtcdServiceInstance> instances) {
		return instances.stream().map(EtcdServiceInstance::revision).toList();
	}

	private void set(InstanceKey name, ByteSequence key, @Nullable EtcdServiceInstance instance) {
		if (instance != null) {
			this.instances.computeIfAbsent(name.serviceId(), (serviceId) -> new HashMap<>()).put(key, instance);
			return;
		}
		Map<ByteSequence, EtcdServiceInstance> ofService = this.instances.get(name.serviceId());
		if (ofService != null && ofService.remove(key) != null && ofService.isEmpty()) {
			this.instances.remove(name.serviceId());
		}
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
			logger.warn("The etcd key " + printable(key) + " holds no instance and is skipped: " + reason);
		}
	}

	/** Replace control characters, which could inject lines into the log. */
	private static String printable(ByteSequence key) {
		String text = key.toString(StandardCharsets.UTF_8).replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
		return (text.length() <= MAX_KEY_LENGTH) ? text : text.substring(0, MAX_KEY_LENGTH) + "...";
	}

}
