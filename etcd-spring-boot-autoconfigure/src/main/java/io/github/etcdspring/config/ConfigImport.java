package io.github.etcdspring.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.config.ContextReader.Listing;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.bootstrap.BootstrapContext;
import org.springframework.boot.bootstrap.BootstrapContextClosedEvent;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.security.crypto.encrypt.TextEncryptor;

/**
 * All imports from etcd of one application, and which of them have been read: by
 * {@link StartImport}, or later by {@link RefreshImport}.
 */
final class ConfigImport {

	static final String BEAN_NAME = "etcdConfigImport";

	private final LiveConfiguration store = new LiveConfiguration();

	private final StartImport start = new StartImport(this);

	private final List<ConfigContext> contexts = new CopyOnWriteArrayList<>();

	private final Set<ConfigContext> read = ConcurrentHashMap.newKeySet();

	private final Set<ConfigContext> mandatory = ConcurrentHashMap.newKeySet();

	private volatile @Nullable ImportRequest request;

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
			configImport.store.rejectCircularPlaceholders(event.getApplicationContext().getEnvironment());
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
			this.start.read(binder, context, log);
		}
		else if (!unread().isEmpty()) {
			RefreshImport added = new RefreshImport(this, newImported(context, log), log);
			if (following != null) {
				added.readBy(following);
			}
			else if (running != null) {
				added.readOnce(running, binder, context);
			}
		}
	}

	private synchronized void add(ImportRequest request) {
		this.request = request;
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

	/**
	 * Read all contexts.
	 * @param connection the connection to etcd
	 * @return what etcd holds
	 * @throws EtcdUnavailableException if etcd cannot be used, or refuses what is needed
	 * @throws InterruptedException if the thread is interrupted
	 */
	Listing list(EtcdConnection connection) throws InterruptedException {
		Duration timeout = (this.mandatory.isEmpty()) ? connection.requestTimeout() : connection.startupTimeout();
		return new ContextReader(connection, contexts()).list(timeout, this::isNeeded);
	}

	/** What the application uses already must not vanish with a permission. */
	private boolean isNeeded(ConfigContext context) {
		return this.mandatory.contains(context)
				|| (this.read.contains(context) && !this.start.forbidden().contains(context));
	}

	private static String cannotDecrypt(String text) {
		throw new IllegalStateException("no key is configured. Set encrypt.key");
	}

	/**
	 * Return what the start has read.
	 * @return the import at the start
	 */
	StartImport start() {
		return this.start;
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

	List<ConfigContext> unread() {
		return this.contexts.stream().filter((context) -> !this.read.contains(context)).toList();
	}

	boolean isNothingRead() {
		return this.read.isEmpty();
	}

	void markRead(List<ConfigContext> contexts) {
		this.read.addAll(contexts);
	}

	void markUnread(List<ConfigContext> contexts) {
		this.read.removeAll(contexts);
	}

	boolean isAnyMandatory(List<ConfigContext> contexts) {
		return contexts.stream().anyMatch(this.mandatory::contains);
	}

	Imported newImported(BootstrapContext context, Log log) {
		List<ConfigContext> contexts = contexts();
		ImportRequest current = request();
		TextEncryptor encryptor = context.getOrElse(TextEncryptor.class, null);
		return new Imported(contexts,
				new ConfigParser(contexts.stream().map(ConfigContext::prefix).toList(), current.profiles()::isAccepted,
						current.platform(), (encryptor != null) ? encryptor::decrypt : ConfigImport::cannotDecrypt,
						log));
	}

	EtcdConfigProperties properties() {
		return request().properties();
	}

	private ImportRequest request() {
		return Objects.requireNonNull(this.request);
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
	 * Contexts with a parser for them.
	 *
	 * @param contexts the contexts, in ascending precedence within an import
	 * @param parser the parser
	 */
	record Imported(List<ConfigContext> contexts, ConfigParser parser) {

	}

}
