package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.github.etcdspring.client.BootstrapConnection;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.config.ConfigImport.ImportedContexts;
import io.github.etcdspring.config.ContextReader.Listing;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;

/**
 * Reads all imports at startup from etcd, over a connection that the application
 * continues to use, or from the snapshot file.
 */
final class StartupImport {

	private final ConfigImport configImport;

	private volatile @Nullable ImportedContexts imported;

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile boolean fromEtcd;

	private volatile List<ConfigContext> forbidden = List.of();

	StartupImport(ConfigImport configImport) {
		this.configImport = configImport;
	}

	/**
	 * Read the imports that have not been read yet.
	 * @param binder binds the properties of the connection
	 * @param context the bootstrap context
	 * @param log the log
	 * @throws EtcdUnavailableException if a context is mandatory and etcd is unavailable
	 * @throws IllegalStateException if the configuration in etcd is invalid
	 */
	synchronized void read(Binder binder, ConfigurableBootstrapContext context, Log log) {
		if (this.configImport.unread().isEmpty()) {
			return;
		}
		this.imported = this.configImport.newImportedContexts(context, log);
		EtcdUnavailableException failure;
		try (BootstrapConnection bootstrap = BootstrapConnection.open(binder, context)) {
			failure = readFrom(bootstrap.connection(), log);
			if (failure == null) {
				bootstrap.handOver(context);
			}
		}
		if (failure != null) {
			fallBack(failure, log);
		}
	}

	private @Nullable EtcdUnavailableException readFrom(EtcdConnection connection, Log log) {
		long begin = System.nanoTime();
		try {
			Listing listing = this.configImport.list(connection);
			accept(listing.snapshot());
			this.fromEtcd = true;
			this.configImport.markRead(this.configImport.contexts());
			this.forbidden = listing.forbidden();
			listing.warnOfForbidden(log);
			report(connection, Duration.ofNanos(System.nanoTime() - begin), log);
			return null;
		}
		catch (EtcdUnavailableException ex) {
			return ex;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return ContextReader.unavailable(this.configImport.contexts(), "The start was interrupted.");
		}
	}

	private void report(EtcdConnection connection, Duration time, Log log) throws InterruptedException {
		List<ConfigContext> contexts = new ArrayList<>(this.configImport.contexts());
		contexts.removeAll(this.forbidden);
		Configuration current = this.configImport.store().current();
		int properties = contexts.stream().mapToInt((context) -> current.of(context.sourceName()).names().length).sum();
		log.info("Imported " + properties + ((properties == 1) ? " property" : " properties") + " from etcd keys "
				+ contexts + " at revision " + current.revision() + " in " + time.toMillis() + " ms");
		if (this.snapshot.entries().isEmpty()) {
			List<String> similar = new PrefixSuggestions(connection).find(contexts);
			if (!similar.isEmpty()) {
				log.warn("etcd has no keys under " + contexts + ", but it has keys under " + similar
						+ ". Check spring.cloud.etcd.config.prefix, spring.application.name and"
						+ " spring.config.import; prefixes are case-sensitive and include the leading slash");
			}
			else if (this.configImport.isAnyMandatory(contexts)) {
				log.warn("etcd has no keys under " + contexts
						+ ". If this is intended, set spring.config.import=optional:etcd:");
			}
		}
	}

	private void accept(Snapshot snapshot) {
		try {
			this.configImport.store()
				.initialize(imported().parser().parse(snapshot, this.configImport.store().current()));
			this.snapshot = snapshot;
		}
		catch (RejectedConfigurationException ex) {
			throw InvalidConfigurationFailureAnalyzer.toStartupFailure(ex);
		}
	}

	private void fallBack(EtcdUnavailableException failure, Log log) {
		String explanation = failure.getExplanation();
		Path path = this.configImport.properties().snapshotFile();
		if (this.configImport.isNothingRead() && path != null) {
			String reason = readSnapshotFile(new SnapshotFile(path), log);
			if (reason == null) {
				return;
			}
			explanation = explanation + "; " + reason;
		}
		List<ConfigContext> unread = this.configImport.unread();
		if (this.configImport.isAnyMandatory(unread)) {
			throw new EtcdUnavailableException(failure.getProblem(), explanation, failure.getStartupWorkaround());
		}
		if (this.configImport.isNothingRead()) {
			log.warn("Starting without the configuration in etcd, which is applied as soon as etcd is available: "
					+ explanation);
		}
		this.configImport.markRead(unread);
	}

	/**
	 * Read the snapshot file. It never replaces configuration that was read from etcd.
	 * @param file the file
	 * @param log the log
	 * @return why the file cannot be used, {@code null} if it has been used
	 */
	private @Nullable String readSnapshotFile(SnapshotFile file, Log log) {
		List<ConfigContext> contexts = this.configImport.contexts();
		try {
			Snapshot last = file.read(contexts);
			accept(last);
			this.configImport.markRead(contexts);
			log.warn("etcd is unavailable. Starting with the configuration of revision " + last.revision()
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

	/**
	 * Return the imported contexts.
	 * @return the contexts with their parser
	 */
	ImportedContexts imported() {
		return Objects.requireNonNull(this.imported);
	}

	/**
	 * Return the snapshot from which the configuration was parsed.
	 * @return the snapshot, {@link Snapshot#NONE} without etcd and snapshot file
	 */
	Snapshot snapshot() {
		return this.snapshot;
	}

	/** Whether the snapshot was read from etcd, not from the snapshot file. */
	boolean isFromEtcd() {
		return this.fromEtcd;
	}

	/**
	 * Return the contexts that the user may not read.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

}
