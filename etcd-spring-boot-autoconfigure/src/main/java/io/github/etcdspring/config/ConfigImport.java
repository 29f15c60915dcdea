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
import io.github.etcdspring.refresh.RejectedConfigurationException;
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

/**
 * Keeps track of all imports from etcd of an application. They are read at startup by
 * {@link StartupImport}, or later by {@link RefreshImport}. Public only for the fleet.
 */
public final class ConfigImport {

	static final String BEAN_NAME = "etcdConfigImport";

	private final LiveConfiguration store = new LiveConfiguration();

	private final StartupImport start = new StartupImport(this);

	private final List<ConfigContext> contexts = new CopyOnWriteArrayList<>();

	private final Set<ConfigContext> read = ConcurrentHashMap.newKeySet();

	private final Set<ConfigContext> mandatory = ConcurrentHashMap.newKeySet();

	private volatile @Nullable Request request;

	private volatile @Nullable ConfigRefresh refresh;

	private volatile @Nullable ConfigWatch watch;

	private ConfigImport() {
	}

	/**
	 * Return the imports of an application. They are created at the first call, and
	 * registered as beans when the bootstrap context closes.
	 * @param context the bootstrap context, the same for each refresh
	 * @return the imports
	 */
	static ConfigImport in(ConfigurableBootstrapContext context) {
		if (!context.isRegistered(ConfigImport.class)) {
			context.registerIfAbsent(ConfigImport.class, (ignored) -> new ConfigImport());
			context.addCloseListener(ConfigImport::registerBeans);
		}
		return Objects.requireNonNull(context.get(ConfigImport.class));
	}

	private static void registerBeans(BootstrapContextClosedEvent event) {
		ConfigImport configImport = Objects.requireNonNull(event.getBootstrapContext().get(ConfigImport.class));
		try {
			configImport.store.rejectCircularPlaceholders(event.getApplicationContext().getEnvironment());
		}
		catch (RejectedConfigurationException ex) {
			throw InvalidConfigurationFailureAnalyzer.toStartupFailure(ex);
		}
		ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
		beans.registerSingleton(BEAN_NAME, configImport);
		beans.registerSingleton("etcdLiveConfiguration", configImport.store);
	}

	/**
	 * Read new imports together with all others, so that all of them are of one revision.
	 * @param request the import request
	 * @param binder binds the properties of the connection
	 * @param context the bootstrap context
	 * @param log the log
	 * @throws EtcdUnavailableException if a context is mandatory and etcd is unavailable
	 * @throws IllegalStateException if the configuration in etcd is invalid
	 */
	void read(Request request, Binder binder, ConfigurableBootstrapContext context, Log log) {
		add(request);
		// there is no etcd during ahead-of-time processing
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return;
		}
		ConfigWatch following = this.watch;
		ConfigRefresh running = this.refresh;
		if (following == null && running == null) {
			this.start.read(binder, context, log);
		}
		else if (!unread().isEmpty()) {
			RefreshImport added = new RefreshImport(this, newImportedContexts(context, log), log);
			if (following != null) {
				added.readWith(following);
			}
			else if (running != null) {
				added.readOnceWith(running, binder, context);
			}
		}
	}

	private synchronized void add(Request request) {
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
	 * @return the entries and the forbidden contexts
	 * @throws EtcdUnavailableException if etcd is unavailable, or refuses a required
	 * context
	 * @throws InterruptedException if the thread is interrupted
	 */
	Listing list(EtcdConnection connection) throws InterruptedException {
		Duration timeout = (this.mandatory.isEmpty()) ? connection.requestTimeout() : connection.startupTimeout();
		return new ContextReader(connection, contexts()).list(timeout, this::isRequired);
	}

	/** Contexts in use must not disappear if their permission is revoked. */
	private boolean isRequired(ConfigContext context) {
		return this.mandatory.contains(context)
				|| (this.read.contains(context) && !this.start.forbidden().contains(context));
	}

	private static String failWithoutKey(String text) {
		// the parser rejects the value with a message that names the key
		throw new IllegalStateException("No encryption key is configured");
	}

	/**
	 * Return the import at startup.
	 * @return the import at startup
	 */
	StartupImport start() {
		return this.start;
	}

	LiveConfiguration store() {
		return this.store;
	}

	/**
	 * Return all imported contexts, in ascending precedence within an import.
	 * @return the contexts
	 */
	List<ConfigContext> contexts() {
		return List.copyOf(this.contexts);
	}

	/**
	 * Return the prefixes of the imported keys that the user may read.
	 * @return the prefixes, in ascending precedence within an import
	 */
	public List<String> prefixes() {
		ConfigWatch following = this.watch;
		List<ConfigContext> forbidden = (following != null) ? following.forbidden() : this.start.forbidden();
		return this.contexts.stream()
			.filter((context) -> !forbidden.contains(context))
			.map(ConfigContext::prefix)
			.toList();
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

	ImportedContexts newImportedContexts(BootstrapContext context, Log log) {
		List<ConfigContext> contexts = contexts();
		Request current = request();
		TextEncryptor encryptor = context.getOrElse(TextEncryptor.class, null);
		return new ImportedContexts(contexts,
				new ConfigParser(contexts.stream().map(ConfigContext::prefix).toList(), current.profiles()::isAccepted,
						current.platform(), (encryptor != null) ? encryptor::decrypt : ConfigImport::failWithoutKey,
						log));
	}

	EtcdConfigProperties properties() {
		return request().properties();
	}

	private Request request() {
		return Objects.requireNonNull(this.request);
	}

	/**
	 * Apply further imports as configuration changes of the running application.
	 * @param refresh applies changes
	 */
	void applyWith(ConfigRefresh refresh) {
		this.refresh = refresh;
	}

	/**
	 * Read further imports with a watch.
	 * @param watch the watch
	 */
	void watchWith(ConfigWatch watch) {
		this.watch = watch;
	}

	/**
	 * The imported contexts with their parser.
	 *
	 * @param contexts the contexts, in ascending precedence within an import
	 * @param parser the parser
	 */
	record ImportedContexts(List<ConfigContext> contexts, ConfigParser parser) {

	}

	/**
	 * A request to import configuration from etcd.
	 *
	 * @param contexts the contexts, in descending precedence
	 * @param mandatory the contexts without which the application must not start
	 * @param properties the configuration properties
	 * @param profiles the profiles of the application
	 * @param platform the cloud platform of the application, {@code null} if none is
	 * detected
	 */
	record Request(Set<ConfigContext> contexts, Set<ConfigContext> mandatory, EtcdConfigProperties properties,
			Profiles profiles, @Nullable CloudPlatform platform) {

	}

}
