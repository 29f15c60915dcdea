package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.github.etcdspring.client.BootstrapConnection;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.InvalidConfigImportException;
import io.github.etcdspring.refresh.LiveConfiguration;
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

/**
 * All imports from etcd of one application. It reads what has been resolved in one go, by
 * a connection that it closes at once, and leaves the store and how it was filled to the
 * application context.
 */
final class ConfigImport {

	static final String BEAN_NAME = "etcdConfigImport";

	private final LiveConfiguration store = new LiveConfiguration();

	private final List<ConfigContext> contexts = new CopyOnWriteArrayList<>();

	private final Set<ConfigContext> read = new HashSet<>();

	private final Set<ConfigContext> mandatory = new HashSet<>();

	private @Nullable Binder binder;

	private @Nullable Profiles profiles;

	private volatile @Nullable EtcdConfigProperties properties;

	private volatile @Nullable ConfigParser parser;

	private volatile @Nullable Snapshot snapshot;

	private volatile List<ConfigContext> forbidden = List.of();

	private @Nullable EtcdConnection connection;

	private Runnable onImport = () -> {
	};

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
		configImport.store.refuseCircularPlaceholders(event.getApplicationContext().getEnvironment());
		ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
		beans.registerSingleton(BEAN_NAME, configImport);
		beans.registerSingleton("etcdLiveConfiguration", configImport.store);
	}

	synchronized void prepare(Binder binder, EtcdConfigProperties properties, Profiles profiles,
			List<EtcdConfigDataResource> resources) {
		if (this.connection != null) {
			// a refresh tries again
			this.failure = null;
		}
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
	 * @throws InvalidConfigImportException if what etcd holds cannot be used
	 */
	synchronized void read(BootstrapContext context, EtcdConfigDataResource resource, Log log) {
		if (this.read.contains(resource.context())) {
			return;
		}
		if (this.failure == null) {
			this.parser = newParser(context, log);
			if (this.connection != null) {
				readFrom(this.connection, log);
				this.onImport.run();
			}
			else {
				try (BootstrapConnection bootstrap = BootstrapConnection.open(Objects.requireNonNull(this.binder),
						context)) {
					readFrom(bootstrap.connection(), log);
				}
			}
		}
		if (this.failure != null) {
			recover(this.failure, resource, log);
		}
	}

	private void readFrom(EtcdConnection connection, Log log) {
		List<ConfigContext> contexts = contexts();
		ImportReader reader = new ImportReader(connection, this.mandatory);
		try {
			Snapshot current = reader.read(contexts);
			accept(current);
			this.snapshot = current;
			this.read.addAll(contexts);
			this.forbidden = reader.forbidden();
			if (!this.forbidden.isEmpty()) {
				log.warn("The configuration under " + this.forbidden + " is left aside, as it may not be read: grant"
						+ " this user the permission, and it is taken up");
			}
		}
		catch (EtcdUnavailableException ex) {
			this.failure = ex;
		}
	}

	private void accept(Snapshot snapshot) {
		try {
			this.store.initialize(parser().parse(snapshot, this.store.current()));
		}
		catch (RejectedCandidateException ex) {
			throw new InvalidConfigImportException(ex);
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

	private ConfigParser newParser(BootstrapContext context, Log log) {
		Profiles active = Objects.requireNonNull(this.profiles);
		TextEncryptor encryptor = context.getOrElse(TextEncryptor.class, null);
		return new ConfigParser(contexts().stream().map(ConfigContext::prefix).toList(), active::isAccepted,
				(encryptor != null) ? encryptor::decrypt : ConfigImport::cannotDecrypt, log);
	}

	/**
	 * A parser for what has been imported so far.
	 * @return the parser
	 */
	ConfigParser parser() {
		return Objects.requireNonNull(this.parser);
	}

	/**
	 * What etcd held when it was read.
	 * @return the snapshot, {@code null} if etcd did not answer
	 */
	@Nullable Snapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * What could not be read with the rest for want of permission.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

	/**
	 * What could be read so far may be read no longer.
	 * @param withdrawn the contexts
	 */
	synchronized void forbid(List<ConfigContext> withdrawn) {
		this.forbidden = Stream.concat(this.forbidden.stream(), withdrawn.stream()).distinct().toList();
	}

	/**
	 * What was forbidden may be read now.
	 */
	void permit() {
		this.forbidden = List.of();
	}

	EtcdConfigProperties properties() {
		return Objects.requireNonNull(this.properties);
	}

	/**
	 * Read by the connection of the application from now on, should a refresh bring
	 * another import.
	 * @param connection the connection, {@code null} when it is to be closed
	 * @param onImport called after another import has been read
	 */
	synchronized void use(@Nullable EtcdConnection connection, Runnable onImport) {
		this.connection = connection;
		this.onImport = onImport;
		this.failure = null;
	}

}
