package io.github.etcdspring.config;

import java.util.List;

import io.github.etcdspring.client.BootstrapConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.config.ConfigImport.ImportedContexts;
import io.github.etcdspring.config.ContextReader.Listing;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigRefresh.RefreshFailedException;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.apache.commons.logging.Log;

import org.springframework.boot.bootstrap.BootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;

/**
 * Reads imports that a refresh adds, and applies them like any configuration change.
 * Holds no lock, as the thread that applies changes may need it.
 */
final class RefreshImport {

	private final ConfigImport configImport;

	private final List<ConfigContext> unread;

	private final ImportedContexts extended;

	private final Log log;

	/**
	 * Create an instance for one refresh.
	 * @param configImport all imports
	 * @param extended all contexts, including the new ones
	 * @param log the log
	 */
	RefreshImport(ConfigImport configImport, ImportedContexts extended, Log log) {
		this.configImport = configImport;
		this.unread = configImport.unread();
		this.extended = extended;
		this.log = log;
	}

	/**
	 * Read the imports with a watch, which watches them from then on.
	 * @param watch the watch
	 * @throws EtcdUnavailableException if a mandatory context cannot be read
	 */
	void readWith(ConfigWatch watch) {
		boolean listed = watch.extend(this.extended);
		List<ConfigContext> missing = this.unread.stream()
			.filter((context) -> !listed || watch.forbidden().contains(context))
			.toList();
		boolean required = this.configImport.isAnyMandatory(missing);
		if (listed && !required) {
			this.configImport.markRead(this.extended.contexts());
			return;
		}
		EtcdProblem problem = watch.problem();
		EtcdUnavailableException unavailable = ContextReader.unavailable(missing,
				(problem != null) ? problem.text() : "There was no answer in time.");
		if (required) {
			throw unavailable;
		}
		this.log.warn("The configuration under " + missing + " is applied as soon as it can be read: "
				+ unavailable.getExplanation());
	}

	/**
	 * Read all imports once. An import that fails is read again at the next refresh.
	 * @param refresh applies the imports
	 * @param binder binds the properties of the connection
	 * @param context the bootstrap context
	 * @throws EtcdUnavailableException if a mandatory context cannot be read
	 */
	void readOnceWith(ConfigRefresh refresh, Binder binder, BootstrapContext context) {
		try (BootstrapConnection bootstrap = BootstrapConnection.open(binder, context)) {
			Listing listing = this.configImport.list(bootstrap.connection());
			if (apply(refresh, listing.snapshot())) {
				this.configImport.markRead(this.extended.contexts());
				this.configImport.markUnread(listing.forbidden());
				listing.warnOfForbidden(this.log);
			}
		}
		catch (EtcdUnavailableException ex) {
			if (this.configImport.isAnyMandatory(this.unread)) {
				throw ex;
			}
			this.log.warn("The configuration under " + this.unread + " could not be read. Refresh again: "
					+ ex.getExplanation());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean apply(ConfigRefresh refresh, Snapshot snapshot) throws InterruptedException {
		try {
			return refresh.apply(this.extended.parser().parse(snapshot, this.configImport.store().current()));
		}
		catch (RejectedConfigurationException ex) {
			refresh.reject(snapshot.revision(), ex);
			return false;
		}
		catch (RefreshFailedException ex) {
			// reported by the refresh
			return false;
		}
	}

}
