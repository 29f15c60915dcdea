package io.github.etcdspring.discovery;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.ProblemLog;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.SkippedKeys;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Follows the services that are called, each with a watch of its own. The first look-up
 * of a service starts to follow it, and a service without look-ups and listeners for some
 * time is let go. Above a number of services, all are followed with one watch instead,
 * which bounds threads and watches in applications that call any name they are asked for.
 */
final class CalledServices implements FollowedServices {

	/** Number of services, each with a thread, above which all are followed instead. */
	static final int MAX_FOLLOWED = 64;

	private static final Log logger = LogFactory.getLog(CalledServices.class);

	/**
	 * Number of checks for services to let go within the idle time, and its precision.
	 */
	private static final int CHECKS = 120;

	/** Longer than a look-up takes. */
	private static final Duration MIN_INTERVAL = Duration.ofMillis(50);

	private final EtcdConnection connection;

	private final InstanceKeys keys;

	private final CatalogUpdater updater;

	private final Runnable listed;

	private final Set<String> always;

	private final Duration idleTime;

	private final ServiceNames names;

	private final ProblemLog problems;

	private final ScheduledThreadPoolExecutor executor;

	private final Instant created = Instant.now();

	/** Changed by the thread of the executor only. */
	private final Map<String, FollowedService> followed = new ConcurrentHashMap<>();

	/**
	 * Services without look-ups. They are followed until the next maintenance, so that a
	 * look-up at the same time finds their instances. Changed by the thread of the
	 * executor only.
	 */
	private final Map<String, FollowedService> retired = new ConcurrentHashMap<>();

	/** Completed when all services have been listed or etcd has not answered in time. */
	private final CompletableFuture<Void> allAnswered = new CompletableFuture<>();

	private volatile @Nullable AllServices all;

	private volatile boolean closed;

	/**
	 * Create an instance that follows nothing until it is opened.
	 * @param connection the connection to etcd
	 * @param keys the keys of all instances
	 * @param updater receives the instances
	 * @param names the names of all services
	 * @param always names of services to follow from the start, and always
	 * @param remembered names of services to follow from the start
	 * @param idleTime time without look-ups after which a service is let go
	 * @param listed run when a service has been listed for the first time
	 */
	CalledServices(EtcdConnection connection, InstanceKeys keys, CatalogUpdater updater, ServiceNames names,
			Set<String> always, Collection<String> remembered, Duration idleTime, Runnable listed) {
		this.connection = connection;
		this.keys = keys;
		this.updater = updater;
		this.always = always;
		this.idleTime = idleTime;
		this.listed = listed;
		this.problems = new ProblemLog(logger, connection);
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-discovery-services-");
		threads.setDaemon(true);
		this.executor = new ScheduledThreadPoolExecutor(1, threads);
		this.executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
		this.names = names;
		Stream.concat(always.stream(), remembered.stream())
			.distinct()
			.filter(InstanceKeys::isServiceName)
			.forEach((name) -> this.followed.put(name, new FollowedService(name)));
	}

	@Override
	public void open() {
		if (this.followed.size() > MAX_FOLLOWED) {
			this.executor.execute(this::followAll);
		}
		else {
			this.followed.values().forEach(FollowedService::start);
		}
		long interval = Math.max(MIN_INTERVAL.toMillis(), this.idleTime.dividedBy(CHECKS).toMillis());
		this.executor.scheduleWithFixedDelay(this::maintain, interval, interval, TimeUnit.MILLISECONDS);
	}

	@Override
	public boolean awaitListed(Duration timeout) throws InterruptedException {
		AllServices all = this.all;
		if (all != null) {
			return all.awaitListed(timeout);
		}
		long end = System.nanoTime() + timeout.toNanos();
		for (FollowedService service : this.followed.values()) {
			if (!service.mirror.awaitListed(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
				return false;
			}
		}
		return true;
	}

	@Override
	public CompletableFuture<?> follow(String service) {
		FollowedService found = this.followed.get(service);
		if (found != null && found.keep()) {
			return found.answered;
		}
		if (this.closed || this.updater.isAllListed() || !InstanceKeys.isServiceName(service)) {
			return FOLLOWED;
		}
		CompletableFuture<Void> answered = new CompletableFuture<>();
		this.executor.execute(() -> begin(service).thenRun(() -> answered.complete(null)));
		return answered;
	}

	private CompletableFuture<Void> begin(String service) {
		FollowedService known = this.followed.get(service);
		if (known == null && this.all != null) {
			return this.allAnswered;
		}
		FollowedService found = (known != null) ? known : followAgain(service);
		found.keep();
		return found.answered;
	}

	private FollowedService followAgain(String service) {
		FollowedService known = this.retired.remove(service);
		FollowedService found = (known != null) ? known : new FollowedService(service);
		if (known == null) {
			found.start();
		}
		this.followed.put(service, found);
		if (this.followed.size() > MAX_FOLLOWED) {
			followAll();
		}
		return found;
	}

	@Override
	public CompletableFuture<List<String>> names(Catalog known) {
		if (this.updater.isAllListed()) {
			return CompletableFuture.completedFuture(known.names());
		}
		return this.names.get()
			.thenApply((names) -> Stream
				.concat(names.stream().filter((name) -> !this.updater.isListed(name)), known.names().stream())
				.distinct()
				.sorted()
				.toList());
	}

	@Override
	public boolean isNamedOnly(String service) {
		return !this.updater.isListed(service) && !this.followed.containsKey(service) && this.names.contain(service);
	}

	@Override
	public long revision() {
		AllServices all = this.all;
		return (all != null) ? all.revision() : mirrors().mapToLong(Mirror::revision).max().orElse(0);
	}

	/**
	 * {@inheritDoc} A service whose first list is under way does not count.
	 */
	@Override
	public MirrorStatus status() {
		AllServices all = this.all;
		if (all != null) {
			return all.status();
		}
		Instant since = this.created;
		for (Mirror mirror : mirrors().toList()) {
			MirrorStatus status = mirror.status();
			boolean begins = mirror.revision() == 0 && status.problem() == null;
			if (!status.synced() && !begins) {
				return status;
			}
			since = (status.synced() && status.since().isAfter(since)) ? status.since() : since;
		}
		return new MirrorStatus(true, since, null);
	}

	@Override
	public MirrorReport total() {
		return MirrorReport.sum("services", status(), watches());
	}

	@Override
	public List<MirrorReport> watches() {
		AllServices all = this.all;
		return (all != null) ? all.watches() : mirrors().map(Mirror::report).toList();
	}

	/** Once all services are followed, the single watches are closed. */
	private Stream<Mirror> mirrors() {
		return Stream.concat(this.followed.values().stream(), this.retired.values().stream())
			.map((service) -> service.mirror);
	}

	private void maintain() {
		try {
			logOutage();
			letGo();
			this.names.refresh();
		}
		catch (RuntimeException | OutOfMemoryError ex) {
			logger.debug("Failed to check the followed services", ex);
		}
	}

	/** One message for all watches, which fail together. */
	private void logOutage() {
		MirrorStatus status = status();
		EtcdProblem problem = status.problem();
		if (status.synced()) {
			this.problems.recovered("Watching the called services under " + this.keys.prefix());
		}
		else if (problem != null && !problem.requiresIntervention()) {
			this.problems.failed();
			this.problems.warn("The watches of etcd keys under " + this.keys.prefix()
					+ " are interrupted, the last known state stays in use", problem);
		}
	}

	private void letGo() {
		this.retired.values().forEach((service) -> service.mirror.close());
		this.retired.clear();
		if (this.all == null && status().synced()) {
			this.updater.retain(this.followed::containsKey);
		}
		this.followed.forEach((name, service) -> {
			if (!this.always.contains(name) && !this.updater.listeners().exist(name) && service.isIdle()) {
				this.retired.put(name, service);
				this.followed.remove(name);
			}
		});
	}

	/**
	 * Follow all services from now on. The single watches end first: a change that one of
	 * them delivers after the list of all might be older.
	 */
	private void followAll() {
		if (this.all != null || this.closed) {
			return;
		}
		logger.info("More than " + MAX_FOLLOWED + " services are called, so that all services under "
				+ this.keys.prefix() + " are followed");
		AllServices next = new AllServices(this.connection, this.keys, this.updater, this::allListed);
		this.all = next;
		mirrors().forEach(Mirror::close);
		this.retired.clear();
		next.open();
		completeInTime(this.allAnswered);
	}

	private void completeInTime(CompletableFuture<Void> answered) {
		this.executor.schedule(() -> answered.complete(null), this.connection.requestTimeout().toMillis(),
				TimeUnit.MILLISECONDS);
	}

	private void allListed() {
		this.followed.values().forEach((service) -> service.answered.complete(null));
		this.allAnswered.complete(null);
		this.executor.execute(this.followed::clear);
		this.listed.run();
	}

	@Override
	public void close() {
		this.closed = true;
		this.executor.shutdownNow();
		AllServices all = this.all;
		if (all != null) {
			all.close();
		}
		mirrors().forEach(Mirror::close);
		this.names.close();
		this.followed.values().forEach((service) -> service.answered.complete(null));
		this.allAnswered.complete(null);
	}

	/**
	 * A service and its watch.
	 */
	private final class FollowedService {

		private final String name;

		private final Mirror mirror;

		/**
		 * Completed when the service has been listed or etcd has not answered in time.
		 */
		private final CompletableFuture<Void> answered = new CompletableFuture<>();

		private volatile long lookedUpAt = System.nanoTime();

		FollowedService(String name) {
			this.name = name;
			this.mirror = Mirror.withoutOutageLogging(CalledServices.this.connection,
					List.of(KeyRange.prefix(CalledServices.this.keys.prefixOf(name))),
					"service-" + SkippedKeys.printable(name), CalledServices.this.updater.listener(name, this::listed));
		}

		void start() {
			this.mirror.start();
			completeInTime(this.answered);
		}

		private void listed() {
			this.answered.complete(null);
			CalledServices.this.listed.run();
		}

		/**
		 * Record a look-up.
		 * @return whether this is still the watch of the service
		 */
		boolean keep() {
			long now = System.nanoTime();
			if (now - this.lookedUpAt > CalledServices.this.idleTime.toNanos() / CHECKS) {
				this.lookedUpAt = now;
			}
			return CalledServices.this.followed.get(this.name) == this;
		}

		boolean isIdle() {
			return System.nanoTime() - this.lookedUpAt > CalledServices.this.idleTime.toNanos();
		}

	}

}
