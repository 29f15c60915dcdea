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
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceKeys.Name;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.context.SmartLifecycle;

/**
 * The catalog that etcd pushes. What may be lost is the connection, never the catalog:
 * without etcd the instances known last stay. Public only for the reports of the
 * actuator.
 */
public final class ServiceCatalog implements SmartLifecycle, AutoCloseable {

	/**
	 * Early, so that whatever starts later can already call other services.
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

	/** All instances by service and key; belongs to the thread of the mirror. */
	private final Map<String, Map<ByteSequence, EtcdServiceInstance>> instances = new HashMap<>();

	/** Keys that hold no instance; belongs to the thread of the mirror. */
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
	 * Begin to follow etcd while the rest of the context is still being built.
	 */
	void open() {
		this.mirror.start();
	}

	/**
	 * Wait for the first list, so that the application knows the other services before it
	 * does anything.
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
				logger.warn("Starting without knowing any service. They are known as soon as etcd answers");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.events.open();
	}

	/** Wait as long as waiting may help. */
	private boolean awaitListed(Duration timeout) throws InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!this.mirror.awaitListed(POLL_INTERVAL)) {
			EtcdProblem problem = this.mirror.status().problem();
			if (System.nanoTime() - deadline > 0 || (problem != null && problem.needsOperator())) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Does nothing: services can be called until the last bean is destroyed.
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
	 * Instances of a service that may be called.
	 * @param serviceId name of the service
	 * @return an immutable list, empty if there are none
	 */
	List<ServiceInstance> getInstances(String serviceId) {
		return this.catalog.up(serviceId);
	}

	List<String> getServices() {
		return this.catalog.names();
	}

	/**
	 * Whether the catalog has or ever had the service.
	 */
	boolean knows(String serviceId) {
		return this.knownServices.contains(serviceId);
	}

	/**
	 * All instances, whether they may be called or not.
	 * @return unmodifiable lists by service
	 */
	public Map<String, List<EtcdServiceInstance>> instances() {
		return this.catalog.instances();
	}

	/**
	 * Revision of etcd that the catalog is a copy of.
	 * @return the revision, 0 before the first list
	 */
	public long revision() {
		return this.mirror.revision();
	}

	/**
	 * Number of keys under the prefix that hold no instance.
	 * @return the number of keys skipped now
	 */
	public int skipped() {
		return this.skippedKeys;
	}

	/**
	 * How far the catalog can be trusted.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.mirror.status();
	}

	/**
	 * How the watch fares.
	 * @return the report
	 */
	public MirrorReport watch() {
		return this.mirror.report();
	}

	private void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		Set<String> affected = new HashSet<>();
		for (ByteSequence key : changed) {
			Name name = this.keys.parse(key);
			KeyValue entry = snapshot.entries().get(key);
			if (entry == null) {
				this.skipped.remove(key);
			}
			if (name != null) {
				affected.add(name.serviceId());
				set(name, key, (entry != null) ? read(name, entry) : null);
			}
			else if (entry != null) {
				skip(key, "the key has not the form " + this.keys.prefix() + "{service}/{instance-id}");
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
		// Keys put again with the same values are nothing that anybody has to be told.
		if (modified) {
			this.events.changed(snapshot.revision());
		}
		this.events.listed();
	}

	private static List<Long> revisions(List<EtcdServiceInstance> instances) {
		return instances.stream().map(EtcdServiceInstance::revision).toList();
	}

	private void set(Name name, ByteSequence key, @Nullable EtcdServiceInstance instance) {
		if (instance != null) {
			this.instances.computeIfAbsent(name.serviceId(), (serviceId) -> new HashMap<>()).put(key, instance);
			return;
		}
		Map<ByteSequence, EtcdServiceInstance> ofService = this.instances.get(name.serviceId());
		if (ofService != null && ofService.remove(key) != null && ofService.isEmpty()) {
			this.instances.remove(name.serviceId());
		}
	}

	private @Nullable EtcdServiceInstance read(Name name, KeyValue entry) {
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

	/** Anybody may have put it, and a line of a log is to stay one. */
	private static String printable(ByteSequence key) {
		String text = key.toString(StandardCharsets.UTF_8).replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
		return (text.length() <= MAX_KEY_LENGTH) ? text : text.substring(0, MAX_KEY_LENGTH) + "...";
	}

}
