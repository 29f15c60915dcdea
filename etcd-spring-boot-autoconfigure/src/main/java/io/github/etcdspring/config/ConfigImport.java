package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.github.etcdspring.client.BootstrapConnection;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;
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
 * All imports from etcd of one application. It reads what has been resolved in one go, by
 * a connection that it closes at once, and leaves the store and how it was filled to the
 * application context.
 */
final class ConfigImport {

	static final String BEAN_NAME = "etcdConfigImport";

	private final ConfigStore store = new ConfigStore();

	private final Set<ConfigContext> read = new HashSet<>();

	private boolean mandatory;

	private @Nullable Binder binder;

	private @Nullable Profiles profiles;

	private volatile @Nullable EtcdConfigProperties properties;

	private volatile @Nullable ConfigParser parser;

	private volatile @Nullable Snapshot snapshot;

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
		ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
		beans.registerSingleton(BEAN_NAME, configImport);
		beans.registerSingleton("etcdConfigStore", configImport.store);
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
			this.store.add(Objects.requireNonNull(resource.context()));
			this.mandatory |= resource.isMandatory();
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
				readFrom(this.connection);
				this.onImport.run();
			}
			else {
				try (BootstrapConnection bootstrap = BootstrapConnection.open(Objects.requireNonNull(this.binder),
						context)) {
					readFrom(bootstrap.connection());
				}
			}
		}
		if (this.failure != null) {
			recover(this.failure, resource, log);
		}
	}

	private void readFrom(EtcdConnection connection) {
		List<ConfigContext> contexts = this.store.contexts();
		Snapshot snapshot = list(connection, contexts);
		if (snapshot != null) {
			accept(snapshot);
			this.snapshot = snapshot;
			this.read.addAll(contexts);
		}
	}

	private void accept(Snapshot snapshot) {
		try {
			this.store.replace(parser().parse(snapshot, this.store.configuration()), Duration.ofSeconds(1));
		}
		catch (InvalidConfigurationException ex) {
			throw new InvalidConfigImportException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private @Nullable Snapshot list(EtcdConnection connection, List<ConfigContext> contexts) {
		RangeReader reader = new RangeReader(connection,
				contexts.stream().map((context) -> KeyRange.prefix(context.prefix())).toList());
		Duration patience = (this.mandatory) ? connection.startupTimeout() : connection.requestTimeout();
		long end = System.nanoTime() + patience.toNanos();
		BackOffExecution backOff = new ExponentialBackOff(100, 2).start();
		try {
			while (true) {
				try {
					return reader.list();
				}
				catch (EtcdRequestException ex) {
					long pause = backOff.nextBackOff();
					if (ex.isForOperator() || System.nanoTime() + pause * 1_000_000 - end > 0) {
						this.failure = unavailable(connection, contexts, ex);
						return null;
					}
					Thread.sleep(pause);
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.failure = unavailable(connection, contexts, EtcdRequestException.timeout("start-up was interrupted"));
			return null;
		}
	}

	private static EtcdUnavailableException unavailable(EtcdConnection connection, List<ConfigContext> contexts,
			EtcdRequestException failure) {
		return new EtcdUnavailableException("The configuration under " + contexts + " could not be imported from etcd.",
				connection.explain(failure).text(), "spring.config.import=optional:etcd:");
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
		List<ConfigContext> contexts = this.store.contexts();
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

	ConfigStore store() {
		return this.store;
	}

	private ConfigParser newParser(BootstrapContext context, Log log) {
		Profiles active = Objects.requireNonNull(this.profiles);
		TextEncryptor encryptor = context.getOrElse(TextEncryptor.class, null);
		return new ConfigParser(this.store.contexts(), active::isAccepted,
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
