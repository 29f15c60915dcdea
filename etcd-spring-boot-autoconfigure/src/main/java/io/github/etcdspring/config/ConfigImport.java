package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.client.BootstrapConnection;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.refresh.RefreshFailedException;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.bootstrap.BootstrapContext;
import org.springframework.boot.bootstrap.BootstrapContextClosedEvent;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.security.crypto.encrypt.TextEncryptor;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * All imports from etcd of one application. At the start it reads what has been resolved
 * in one go, by a connection that it closes at once. Further imports of a refresh are
 * applied as any change; where the application follows etcd, {@link ConfigWatch} reads
 * them.
 */
final class ConfigImport {

	static final String BEAN_NAME = "etcdConfigImport";

	private final LiveConfiguration store = new LiveConfiguration();

	private final List<ConfigContext> contexts = new CopyOnWriteArrayList<>();

	private final Set<ConfigContext> read = ConcurrentHashMap.newKeySet();

	private final Set<ConfigContext> mandatory = ConcurrentHashMap.newKeySet();

	private @Nullable Binder binder;

	private @Nullable Profiles profiles;

	private volatile @Nullable EtcdConfigProperties properties;

	private volatile @Nullable Imported imported;

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile boolean fromEtcd;

	private volatile List<ConfigContext> forbidden = List.of();

	private volatile @Nullable ConfigRefresh refresh;

	private volatile @Nullable ConfigWatch watch;

	private @Nullable EtcdUnavailableException failure;

	private ConfigImport() {
	}

	/**
	 * The imports of an application, made and handed on when they are asked for the first
	 * time.
	 * @param context the bootstrap context, the same for each refresh
	 * @return the imports
	 */
	static ConfigImport in(ConfigurableBootstrapContext context) {
		if (!context.isRegistered(ConfigImport.class)) {
			context.registerIfAbsent(ConfigImport.class, (ignored) -> new ConfigImport());
			context.addCloseListener(ConfigImport::handOver);
		}
		return Objects.requireNonNull(context.get(ConfigImport.class));
	}

	private static void handOver(BootstrapContextClosedEvent event) {
		ConfigImport configImport = Objects.requireNonNull(event.getBootstrapContext().get(ConfigImport.class));
		try {
			configImport.store.refuseCircularPlaceholders(event.getApplicationContext().getEnvironment());
		}
		catch (RejectedCandidateException ex) {
			throw InvalidConfigurationFailureAnalyzer.unusable(ex);
		}
		ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
		beans.registerSingleton(BEAN_NAME, configImport);
		beans.registerSingleton("etcdLiveConfiguration", configImport.store);
	}

	synchronized void prepare(Binder binder, EtcdConfigProperties properties, Profiles profiles,
			List<EtcdConfigDataResource> resources) {
		this.binder = binder;
		this.properties = properties;
		this.profiles = profiles;
		for (EtcdConfigDataResource resource : resources) {
			ConfigContext context = Objects.requireNonNull(resource.context());
			this.store.add(context.sourceName());
			if (!this.contexts.contains(context)) {
				this.contexts.add(context);
			}
			if (resource.isMandatory()) {
				this.mandatory.add(Objects.requireNonNull(resource.context()));
			}
		}
	}

	/**
	 * Read what has not been read, together with everything that has, so that all of it
	 * is from one revision.
	 * @param context the bootstrap context
	 * @param resource what is asked for
	 * @param log the log
	 * @throws EtcdUnavailableException if it is mandatory and etcd cannot be used
	 * @throws IllegalStateException if what etcd holds cannot be used
	 */
	void read(BootstrapContext context, EtcdConfigDataResource resource, Log log) {
		ConfigWatch following = this.watch;
		ConfigRefresh running = this.refresh;
		if (following == null && running == null) {
			readAtStart(context, resource, log);
		}
		else if (!this.read.contains(resource.context())) {
			// waits without a lock, as the thread that applies changes must not
			Imported extended = newImported(context, log);
			if (following != null) {
				readBy(following, extended, resource, log);
			}
			else if (running != null) {
				readOnce(running, extended, context, resource, log);
			}
		}
	}

	private void readBy(ConfigWatch following, Imported extended, EtcdConfigDataResource resource, Log log) {
		boolean listed = following.extend(extended);
		if (listed && !(resource.isMandatory() && following.forbidden().contains(resource.context()))) {
			this.read.addAll(extended.contexts());
			return;
		}
		EtcdProblem problem = following.problem();
		EtcdUnavailableException unavailable = unavailable(List.of(Objects.requireNonNull(resource.context())),
				(problem != null) ? problem.text() : "There was no answer in time.");
		if (resource.isMandatory()) {
			throw unavailable;
		}
		log.warn("The configuration under " + resource.context() + " is used as soon as it can be read: "
				+ unavailable.getExplanation());
	}

	/** What cannot be used now is read again by the next refresh. */
	private void readOnce(ConfigRefresh running, Imported extended, BootstrapContext context,
			EtcdConfigDataResource resource, Log log) {
		try (BootstrapConnection bootstrap = open(context)) {
			Listing listing = list(bootstrap.connection());
			if (apply(running, extended, listing.snapshot())) {
				this.read.addAll(extended.contexts());
				this.read.removeAll(listing.refused());
				warnOfRefused(listing, log);
			}
		}
		catch (EtcdUnavailableException ex) {
			if (resource.isMandatory()) {
				throw ex;
			}
			log.warn("The configuration under " + resource.context() + " is not used. Refresh again: "
					+ ex.getExplanation());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean apply(ConfigRefresh running, Imported extended, Snapshot snapshot) throws InterruptedException {
		try {
			return running.apply(extended.parser().parse(snapshot, this.store.current()));
		}
		catch (RejectedCandidateException ex) {
			running.reject(snapshot.revision(), ex);
			return false;
		}
		catch (RefreshFailedException ex) {
			// has been reported
			return false;
		}
	}

	private BootstrapConnection open(BootstrapContext context) {
		return BootstrapConnection.open(Objects.requireNonNull(this.binder), context);
	}

	private synchronized void readAtStart(BootstrapContext context, EtcdConfigDataResource resource, Log log) {
		if (this.read.contains(resource.context())) {
			return;
		}
		if (this.failure == null) {
			this.imported = newImported(context, log);
			try (BootstrapConnection bootstrap = open(context)) {
				readFrom(bootstrap.connection(), log);
			}
		}
		if (this.failure != null) {
			recover(this.failure, resource, log);
		}
	}

	private void readFrom(EtcdConnection connection, Log log) {
		try {
			Listing listing = list(connection);
			accept(listing.snapshot());
			this.fromEtcd = true;
			this.read.addAll(contexts());
			this.forbidden = listing.refused();
			warnOfRefused(listing, log);
		}
		catch (EtcdUnavailableException ex) {
			this.failure = ex;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.failure = unavailable(contexts(), "The start was interrupted.");
		}
	}

	private static void warnOfRefused(Listing listing, Log log) {
		if (!listing.refused().isEmpty()) {
			log.warn("The configuration under " + listing.refused() + " is left aside, as it may not be read: grant"
					+ " this user the permission, and it is taken up");
		}
	}

	private Listing list(EtcdConnection connection) throws InterruptedException {
		List<ConfigContext> contexts = contexts();
		RangeReader reader = new RangeReader(connection, contexts.stream().map(ConfigContext::range).toList());
		try {
			Snapshot snapshot = list(reader, connection);
			List<ConfigContext> refused = contexts.stream()
				.filter((context) -> reader.forbidden().contains(context.range()))
				.toList();
			if (refused.stream().anyMatch(this::isNeeded)) {
				throw unavailable(refused, connection.explain(EtcdRequestException.permissionDenied()).text());
			}
			return new Listing(snapshot, refused);
		}
		catch (EtcdRequestException ex) {
			throw unavailable(contexts, connection.explain(ex).text());
		}
	}

	/** What the application uses already must not vanish with a permission. */
	private boolean isNeeded(ConfigContext context) {
		return this.mandatory.contains(context) || (this.read.contains(context) && !this.forbidden.contains(context));
	}

	/** As long as waiting may help. */
	private Snapshot list(RangeReader reader, EtcdConnection connection)
			throws EtcdRequestException, InterruptedException {
		Duration patience = (this.mandatory.isEmpty()) ? connection.requestTimeout() : connection.startupTimeout();
		long end = System.nanoTime() + patience.toNanos();
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setJitter(50);
		BackOffExecution pauses = backOff.start();
		while (true) {
			try {
				return reader.list();
			}
			catch (EtcdRequestException ex) {
				long pause = pauses.nextBackOff();
				if (ex.isForOperator() || System.nanoTime() + pause * 1_000_000 - end > 0) {
					throw ex;
				}
				Thread.sleep(pause);
			}
		}
	}

	private static EtcdUnavailableException unavailable(List<ConfigContext> contexts, String explanation) {
		return new EtcdUnavailableException("The configuration under " + contexts + " could not be imported from etcd.",
				explanation, "spring.config.import=optional:etcd:");
	}

	private void accept(Snapshot snapshot) {
		try {
			this.store.initialize(imported().parser().parse(snapshot, this.store.current()));
			this.snapshot = snapshot;
		}
		catch (RejectedCandidateException ex) {
			throw InvalidConfigurationFailureAnalyzer.unusable(ex);
		}
	}

	private void recover(EtcdUnavailableException failure, EtcdConfigDataResource resource, Log log) {
		if (this.read.isEmpty() && fromFile(log)) {
			return;
		}
		if (resource.isMandatory()) {
			throw failure;
		}
		if (this.read.isEmpty()) {
			log.warn("Starting without the configuration in etcd, which is taken up as soon as etcd answers: "
					+ failure.getExplanation());
		}
		this.read.add(Objects.requireNonNull(resource.context()));
	}

	/** What has once been read from etcd is never replaced by this. */
	private boolean fromFile(Log log) {
		Path path = properties().snapshotFile();
		if (path == null) {
			return false;
		}
		SnapshotFile file = new SnapshotFile(path);
		List<ConfigContext> contexts = contexts();
		try {
			Snapshot last = file.read(contexts);
			accept(last);
			this.read.addAll(contexts);
			log.warn("etcd cannot be used. Starting with the configuration of revision " + last.revision()
					+ " from the snapshot file " + file);
			return true;
		}
		catch (NoSuchFileException ex) {
			log.info("There is no snapshot file " + file + " to start from");
		}
		catch (IOException ex) {
			log.warn("The snapshot file " + file + " cannot be used: " + ex.getMessage());
		}
		return false;
	}

	private static String cannotDecrypt(String text) {
		throw new IllegalStateException("no key is configured. Set encrypt.key");
	}

	LiveConfiguration store() {
		return this.store;
	}

	/**
	 * Return what has been imported, in ascending precedence within an import.
	 * @return the contexts
	 */
	List<ConfigContext> contexts() {
		return List.copyOf(this.contexts);
	}

	private Imported newImported(BootstrapContext context, Log log) {
		List<ConfigContext> contexts = contexts();
		Profiles active = Objects.requireNonNull(this.profiles);
		TextEncryptor encryptor = context.getOrElse(TextEncryptor.class, null);
		return new Imported(contexts, new ConfigParser(contexts.stream().map(ConfigContext::prefix).toList(),
				active::isAccepted, (encryptor != null) ? encryptor::decrypt : ConfigImport::cannotDecrypt, log));
	}

	/**
	 * Return what the start has imported.
	 * @return the contexts and the parser for them
	 */
	Imported imported() {
		return Objects.requireNonNull(this.imported);
	}

	/**
	 * Return the snapshot that the configuration of the start was made of.
	 * @return the snapshot, {@link Snapshot#NONE} without etcd and snapshot file
	 */
	Snapshot snapshot() {
		return this.snapshot;
	}

	/** Whether the snapshot is from etcd itself, and not from the snapshot file. */
	boolean isFromEtcd() {
		return this.fromEtcd;
	}

	/**
	 * Return what the start could not read for want of permission.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

	EtcdConfigProperties properties() {
		return Objects.requireNonNull(this.properties);
	}

	/**
	 * Apply further imports as changes of a running application.
	 * @param refresh applies them
	 */
	void appliedBy(ConfigRefresh refresh) {
		this.refresh = refresh;
	}

	/**
	 * Leave further imports to a watch.
	 * @param watch the watch
	 */
	void followedBy(ConfigWatch watch) {
		this.watch = watch;
	}

	/**
	 * An answer of etcd.
	 *
	 * @param snapshot what it holds
	 * @param refused the contexts that may not be read
	 */
	private record Listing(Snapshot snapshot, List<ConfigContext> refused) {

	}

	/**
	 * Contexts with a parser for them.
	 *
	 * @param contexts the contexts, in ascending precedence within an import
	 * @param parser the parser
	 */
	record Imported(List<ConfigContext> contexts, ConfigParser parser) {

	}

}
