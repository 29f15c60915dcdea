package io.github.etcdspring.discovery;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdDiscoveryProperties.Follow;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.InstanceOverrides;
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

	/** Time without look-ups after which a service is let go. */
	private static final Duration IDLE_TIME = Duration.ofMinutes(10);

	private static final Log logger = LogFactory.getLog(ServiceCatalog.class);

	private final EtcdConnection connection;

	private final InstanceKeys keys;

	private final boolean failFast;

	private final CatalogEventPublisher events;

	private final CatalogSnapshot snapshotFile;

	private final InstanceOverrides overrides;

	private final VanishedInstances vanished;

	private final CatalogUpdater updater;

	private final FollowedServices services;

	/** Age of the catalog while it is the one of the snapshot file. */
	private volatile @Nullable Instant snapshotTime;

	private volatile boolean running;

	ServiceCatalog(EtcdConnection connection, InstanceOverrides overrides, EtcdDiscoveryProperties properties,
			CatalogEventPublisher events) {
		this.connection = connection;
		this.keys = InstanceKeys.of(properties);
		this.overrides = overrides;
		this.failFast = properties.failFast();
		this.events = events;
		this.snapshotFile = new CatalogSnapshot(CatalogFile.of(properties), this::current);
		this.vanished = new VanishedInstances(properties.ttl(), System::nanoTime);
		this.updater = new CatalogUpdater(this.keys, overrides, this.vanished, events);
		this.services = (properties.follow() == Follow.ALL)
				? new AllServices(connection, this.keys, this.updater, this::listed)
				: new CalledServices(connection, this.keys, this.updater,
						new ServiceNames(connection, this.keys, events), Set.copyOf(properties.followServices()),
						this.snapshotFile.calledServices(), IDLE_TIME, this::listed);
	}

	/**
	 * Open the watches, while the rest of the context is still being created.
	 */
	void open() {
		this.services.open();
		this.overrides.addListener(this.updater::overridesChanged);
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
		Duration timeout = (this.failFast) ? this.connection.startupTimeout() : this.connection.requestTimeout();
		try {
			if (!awaitListed(timeout)) {
				startWithoutEtcd();
			}
			else {
				if (this.failFast && this.services.watches().isEmpty()) {
					requireEtcd();
				}
				this.overrides.awaitListed(this.connection.requestTimeout());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (this.services.watches().isEmpty()) {
			this.events.listed();
		}
		this.events.open();
	}

	private void startWithoutEtcd() {
		String refused = this.snapshotFile.read(this::begin);
		if (this.snapshotTime != null || revision() > 0) {
			return;
		}
		EtcdProblem problem = this.services.status().problem();
		if (this.failFast) {
			throw unavailable(problem, refused);
		}
		logger.warn("Starting with an empty service catalog, which is filled as soon as etcd is available" + refused);
	}

	/** Without services to follow, only a request shows whether etcd is available. */
	private void requireEtcd() throws InterruptedException {
		ByteSequence prefix = ByteSequence.from(this.keys.prefix(), StandardCharsets.UTF_8);
		GetOption option = GetOption.builder().isPrefix(true).withCountOnly(true).build();
		try {
			this.connection.call(() -> this.connection.client().getKVClient().get(prefix, option),
					this.connection.startupTimeout());
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.PERMISSION_DENIED) {
				throw unavailable(this.connection.explain(ex), "");
			}
		}
	}

	private static EtcdUnavailableException unavailable(@Nullable EtcdProblem problem, String refused) {
		return new EtcdUnavailableException(
				"The services could not be read from etcd, and spring.cloud.etcd.discovery.fail-fast is set.",
				((problem != null) ? problem.text() : "There was no answer in time.") + refused,
				"spring.cloud.etcd.discovery.fail-fast=false");
	}

	/**
	 * Begin with the catalog of the snapshot file, unless etcd has answered meanwhile.
	 */
	private boolean begin(CatalogState last) {
		this.overrides.begin(last.catalog().overrides());
		this.snapshotTime = last.asOf();
		if (!this.updater.begin(last)) {
			this.snapshotTime = null;
		}
		return this.snapshotTime != null;
	}

	private void listed() {
		this.snapshotTime = null;
		this.events.listed();
	}

	/**
	 * Return what is worth saving: nothing before etcd has answered, nor while instances
	 * have vanished that are probably alive.
	 */
	private @Nullable CatalogState current() {
		if (this.snapshotTime != null || revision() == 0 || !massExpiries().isEmpty()) {
			return null;
		}
		MirrorStatus status = status();
		return new CatalogState(this.updater.catalog(), revision(), (status.synced()) ? Instant.now() : status.since());
	}

	/** Wait until the list is read, the timeout expires, or an operator has to act. */
	private boolean awaitListed(Duration timeout) throws InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!this.services.awaitListed(POLL_INTERVAL)) {
			EtcdProblem problem = this.services.status().problem();
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
		this.services.close();
		this.events.close();
	}

	/**
	 * Follow a service that is looked up.
	 * @param serviceId name of the service
	 * @return completed when its instances are known, or when etcd has not answered in
	 * time; already completed if nothing has to be read
	 */
	public CompletableFuture<?> follow(String serviceId) {
		CompletableFuture<?> answered = this.services.follow(serviceId);
		boolean known = answered.isDone() || this.updater.catalog().instances().containsKey(serviceId);
		return (known) ? FollowedServices.FOLLOWED : answered;
	}

	/**
	 * Return the known instances of a service whose status is {@code UP}.
	 * @param serviceId name of the service
	 * @return an immutable list, empty if there are none
	 */
	public List<ServiceInstance> getInstances(String serviceId) {
		return this.updater.catalog().up(serviceId);
	}

	/**
	 * Return the names of all services. If all are followed, these are those with at
	 * least one instance whose status is {@code UP}.
	 * @return completed with an immutable sorted list
	 */
	CompletableFuture<List<String>> getServices() {
		return this.services.names(this.updater.catalog());
	}

	/**
	 * Return whether only the name of a service is known.
	 * @param serviceId name of the service
	 * @return {@code true} if it is not followed and its name has been read
	 */
	boolean isNamedOnly(String serviceId) {
		return this.services.isNamedOnly(serviceId);
	}

	/**
	 * Return the longest time that a look-up may wait for etcd.
	 * @return the timeout
	 */
	public Duration lookUpTimeout() {
		return this.connection.requestTimeout();
	}

	/**
	 * Return whether the catalog contains, or has contained since the start, the service.
	 * @param serviceId name of the service
	 * @return {@code true} if it was in etcd at any time since the start
	 */
	public boolean knows(String serviceId) {
		return this.updater.knows(serviceId);
	}

	/**
	 * Return whether etcd has answered which instances a service has.
	 * @param serviceId name of the service
	 * @return {@code false} if the catalog may not know it yet
	 */
	public boolean isListed(String serviceId) {
		return this.updater.isListed(serviceId);
	}

	/**
	 * Add a listener for changes of the instances of a service. A service with a listener
	 * is followed as long as the listener exists, once it has been looked up.
	 * @param serviceId name of the service
	 * @param listener run by the thread of the mirror, after callers see the change; must
	 * not block
	 */
	public void addListener(String serviceId, Runnable listener) {
		this.updater.listeners().add(serviceId, listener);
	}

	/**
	 * Remove a listener. It may still run once if a change occurs at the same time.
	 * @param serviceId name of the service
	 * @param listener the listener
	 */
	public void removeListener(String serviceId, Runnable listener) {
		this.updater.listeners().remove(serviceId, listener);
	}

	/**
	 * Return all instances by service, regardless of their status.
	 * @return an unmodifiable map with immutable lists
	 */
	public Map<String, List<EtcdServiceInstance>> instances() {
		return this.updater.catalog().instances();
	}

	/**
	 * Return the overrides that apply to an instance at the moment.
	 * @return a copy, ordered by service and instance
	 */
	public List<InstanceOverride> overrides() {
		return this.updater.catalog().overrides();
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
		this.updater.setInstanceListener(listener);
	}

	/**
	 * Return the revision of etcd that the catalog reflects.
	 * @return the revision, 0 before the first list
	 */
	public long revision() {
		return this.services.revision();
	}

	/**
	 * Return the number of keys under the prefix that are skipped, as they hold no valid
	 * instance.
	 * @return the current number of skipped keys
	 */
	public int skipped() {
		return this.updater.skipped();
	}

	/**
	 * Return whether the catalog is synchronized with etcd or stale.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.services.status();
	}

	/**
	 * Return the time of the snapshot file if the catalog was read from it.
	 * @return the time, {@code null} once etcd has answered
	 */
	public @Nullable Instant snapshotTime() {
		return this.snapshotTime;
	}

	/**
	 * Return the state and the statistics of each watch.
	 * @return the reports
	 */
	public List<MirrorReport> watches() {
		return this.services.watches();
	}

	/**
	 * Return the sum of the statistics of all watches.
	 * @return a report
	 */
	public MirrorReport total() {
		return this.services.total();
	}

}
