package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.refresh.RefreshFailedException;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.bootstrap.BootstrapContext;
import org.springframework.boot.bootstrap.BootstrapContextClosedEvent;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.config.Profiles;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.aot.AbstractAotProcessor;
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

	private @Nullable Profiles profiles;

	private @Nullable CloudPlatform platform;

	private volatile @Nullable EtcdConfigProperties properties;

	private volatile @Nullable Imported imported;

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile boolean fromEtcd;

	private volatile List<ConfigContext> forbidden = List.of();

	private volatile @Nullable ConfigRefresh refresh;

	private volatile @Nullable ConfigWatch watch;

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

	/**
	 * Read what has not been read, together with everything that has, so that all of it
	 * is from one revision.
	 * @param request what is asked for
	 * @param binder binds the configuration of the connection
	 * @param context the bootstrap context
	 * @param log the log
	 * @throws EtcdUnavailableException if a context is mandatory and etcd cannot be used
	 * @throws IllegalStateException if what etcd holds cannot be used
	 */
	void read(ImportRequest request, Binder binder, BootstrapContext context, Log log) {
		add(request);
		// an ahead-of-time build has no etcd
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return;
		}
		ConfigWatch following = this.watch;
		ConfigRefresh running = this.refresh;
		if (following == null && running == null) {
			readAtStart(binder, context, log);
		}
		else if (!unread().isEmpty()) {
			// waits without a lock, as the thread that applies changes must not
			Imported extended = newImported(context, log);
			if (following != null) {
				readBy(following, extended, log);
			}
			else if (running != null) {
				readOnce(running, extended, binder, context, log);
			}
		}
	}

	private synchronized void add(ImportRequest request) {
		this.properties = request.properties();
		this.profiles = request.profiles();
		this.platform = request.platform();
		List<ConfigContext> ascending = new ArrayList<>(request.contexts());
		Collections.reverse(ascending);
		for (ConfigContext context : ascending) {
			this.store.add(context.sourceName());
			if (!this.contexts.contains(context)) {
				this.contexts.add(context);
			}
		}
		this.mandatory.addAll(request.mandatory());
	}

	private List<ConfigContext> unread() {
		return this.contexts.stream().filter((context) -> !this.read.contains(context)).toList();
	}

	private void readBy(ConfigWatch following, Imported extended, Log log) {
		List<ConfigContext> unread = unread();
		boolean listed = following.extend(extended);
		List<ConfigContext> missing = unread.stream()
			.filter((context) -> !listed || following.forbidden().contains(context))
			.toList();
		boolean required = missing.stream().anyMatch(this.mandatory::contains);
		if (listed && !required) {
			this.read.addAll(extended.contexts());
			return;
		}
		EtcdProblem problem = following.problem();
		EtcdUnavailableException unavailable = unavailable(missing,
				(problem != null) ? problem.text() : "There was no answer in time.");
		if (required) {
			throw unavailable;
		}
		log.warn("The configuration under " + missing + " is used as soon as it can be read: "
				+ unavailable.getExplanation());
	}

	/** What cannot be used now is read again by the next refresh. */
	private void readOnce(ConfigRefresh running, Imported extended, Binder binder, BootstrapContext context, Log log) {
		List<ConfigContext> unread = unread();
		try (BootstrapConnection bootstrap = BootstrapConnection.open(binder, context)) {
			Listing listing = list(bootstrap.connection());
			if (apply(running, extended, listing.snapshot())) {
				this.read.addAll(extended.contexts());
				this.read.removeAll(listing.refused());
				warnOfRefused(listing, log);
			}
		}
		catch (EtcdUnavailableException ex) {
			if (unread.stream().anyMatch(this.mandatory::contains)) {
				throw ex;
			}
			log.warn("The configuration under " + unread + " is not used. Refresh again: " + ex.getExplanation());
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

	private synchronized void readAtStart(Binder binder, BootstrapContext context, Log log) {
		if (unread().isEmpty()) {
			return;
		}
		this.imported = newImported(context, log);
		EtcdUnavailableException failure;
		try (BootstrapConnection bootstrap = BootstrapConnection.open(binder, context)) {
			failure = readFrom(bootstrap.connection(), log);
		}
		if (failure != null) {
			recover(failure, log);
		}
	}

	private @Nullable EtcdUnavailableException readFrom(EtcdConnection connection, Log log) {
		long begin = System.nanoTime();
		try {
			Listing listing = list(connection);
			accept(listing.snapshot());
			this.fromEtcd = true;
			this.read.addAll(contexts());
			this.forbidden = listing.refused();
			warnOfRefused(listing, log);
			report(connection, Duration.ofNanos(System.nanoTime() - begin), log);
			return null;
		}
		catch (EtcdUnavailableException ex) {
			return ex;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return unavailable(contexts(), "The start was interrupted.");
		}
	}

	private void report(EtcdConnection connection, Duration time, Log log) throws InterruptedException {
		List<ConfigContext> contexts = new ArrayList<>(contexts());
		contexts.removeAll(this.forbidden);
		Configuration current = this.store.current();
		int properties = contexts.stream().mapToInt((context) -> current.of(context.sourceName()).names().length).sum();
		log.info("Imported " + properties + ((properties == 1) ? " property" : " properties") + " from etcd keys "
				+ contexts + " at revision " + current.revision() + " in " + time.toMillis() + " ms");
		if (this.snapshot.entries().isEmpty()) {
			List<String> similar = new SimilarPrefixes(connection).find(contexts);
			if (!similar.isEmpty()) {
				log.warn("etcd has no keys under " + contexts + ", but it has keys under " + similar
						+ ". Check spring.cloud.etcd.config.prefix, the name of the application and the import;"
						+ " prefixes are case-sensitive, and a slash at the start is part of them");
			}
			else if (contexts.stream().anyMatch(this.mandatory::contains)) {
				log.warn("etcd has no keys under " + contexts
						+ ". If that is intended for now, set spring.config.import=optional:etcd:");
			}
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

	private void recover(EtcdUnavailableException failure, Log log) {
		String explanation = failure.getExplanation();
		if (this.read.isEmpty() && this.properties().snapshotFile() != null) {
			String refused = readFile(new SnapshotFile(this.properties().snapshotFile()), log);
			if (refused == null) {
				return;
			}
			explanation = explanation + "; " + refused;
		}
		List<ConfigContext> unread = unread();
		if (unread.stream().anyMatch(this.mandatory::contains)) {
			throw new EtcdUnavailableException(failure.getProblem(), explanation, failure.getStartWithout());
		}
		if (this.read.isEmpty()) {
			log.warn("Starting without the configuration in etcd, which is taken up as soon as etcd answers: "
					+ explanation);
		}
		this.read.addAll(unread);
	}

	/**
	 * Start with the snapshot file. What has once been read from etcd is never replaced
	 * by it.
	 * @param file the file
	 * @param log the log
	 * @return why it cannot be used, {@code null} if it has been
	 */
	private @Nullable String readFile(SnapshotFile file, Log log) {
		List<ConfigContext> contexts = contexts();
		try {
			Snapshot last = file.read(contexts);
			accept(last);
			this.read.addAll(contexts);
			log.warn("etcd cannot be used. Starting with the configuration of revision " + last.revision()
					+ " from the snapshot file " + file);
			return null;
		}
		catch (NoSuchFileException ex) {
			return "There is no snapshot file " + file;
		}
		catch (IOException ex) {
			return "The snapshot file " + file + " cannot be used: " + ex.getMessage();
		}
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
		return new Imported(contexts,
				new ConfigParser(contexts.stream().map(ConfigContext::prefix).toList(), active::isAccepted,
						this.platform, (encryptor != null) ? encryptor::decrypt : ConfigImport::cannotDecrypt, log));
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
