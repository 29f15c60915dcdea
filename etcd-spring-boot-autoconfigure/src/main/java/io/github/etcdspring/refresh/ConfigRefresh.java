package io.github.etcdspring.refresh;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

import io.github.etcdspring.refresh.ContextRefresh.Rehearsed;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;

/**
 * Applies configuration changes as transactions: a candidate is rehearsed as a whole,
 * then applied or rejected as a whole.
 */
public final class ConfigRefresh {

	private final LiveConfiguration live;

	private final Announcer announcer = new Announcer();

	private final List<ContextRefresh> contexts = new CopyOnWriteArrayList<>();

	private final ReentrantLock lock = new ReentrantLock(true);

	private final List<Runnable> statusListeners = new CopyOnWriteArrayList<>();

	private volatile ConfigurationStatus status;

	private volatile ConfigurationStatus followedStatus;

	ConfigRefresh(LiveConfiguration live) {
		this.live = live;
		long revision = live.current().revision();
		this.status = new ConfigurationStatus(revision, revision, 0, 0, null);
		this.followedStatus = this.status;
	}

	LiveConfiguration live() {
		return this.live;
	}

	/**
	 * Add a context, which takes part from the next change on.
	 * @param context the context
	 */
	void add(ContextRefresh context) {
		// not while a change is being applied, which the context would miss
		this.lock.lock();
		try {
			this.contexts.add(context);
		}
		finally {
			this.lock.unlock();
		}
	}

	void remove(ContextRefresh context) {
		this.contexts.remove(context);
	}

	/**
	 * Return which revision is applied, and why a newer one is not. Thread-safe.
	 * @return the status
	 */
	public ConfigurationStatus status() {
		return this.status;
	}

	/**
	 * Return the last status that all beans follow, which is older than the
	 * {@linkplain #status() status} while a change is being applied. Thread-safe.
	 * @return the status
	 */
	public ConfigurationStatus followedStatus() {
		return this.followedStatus;
	}

	/**
	 * Add a callback for each change of the {@linkplain #status() status}, called after
	 * all beans follow it.
	 * @param listener called on the thread that applies changes; must neither block nor
	 * throw
	 */
	public void addStatusListener(Runnable listener) {
		this.statusListeners.add(listener);
	}

	/**
	 * Validate a configuration and apply it if it is valid. Otherwise the application
	 * keeps the current one. Must not be called before all singletons exist.
	 * @param next the configuration
	 * @return whether it has been applied
	 * @throws InterruptedException if the thread is interrupted; nothing has changed
	 * @throws RefreshFailedException if a retry may succeed
	 */
	public boolean apply(Configuration next) throws InterruptedException {
		this.lock.lockInterruptibly();
		List<Rehearsed> rehearsed = new ArrayList<>();
		List<ContextRefresh> entered = new ArrayList<>();
		try {
			rehearsed.addAll(rehearse(next, entered));
			this.live.replace(next);
			rehearsed.forEach(Rehearsed::commit);
		}
		catch (RejectedConfigurationException ex) {
			reject(next.revision(), ex);
			if (ex.transientFailure()) {
				throw new RefreshFailedException(String.valueOf(ex.getMessage()));
			}
			return false;
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			RejectedConfigurationException failure = new RejectedConfigurationException(null,
					"the change could not be validated and is retried: " + FailureCause.location(ex));
			reject(next.revision(), failure);
			throw new RefreshFailedException(String.valueOf(failure.getMessage()));
		}
		finally {
			entered.forEach(ContextRefresh::finish);
			this.lock.unlock();
		}
		announce(next, rehearsed);
		return true;
	}

	/**
	 * Validate a configuration without applying it. Must not be called before all
	 * singletons exist.
	 * @param next the configuration
	 * @throws RejectedConfigurationException if it would be rejected
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void rehearse(Configuration next) throws RejectedConfigurationException, InterruptedException {
		this.lock.lockInterruptibly();
		List<ContextRefresh> entered = new ArrayList<>();
		try {
			rehearse(next, entered);
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			throw new RejectedConfigurationException(null,
					"the change could not be validated: " + FailureCause.location(ex));
		}
		finally {
			entered.forEach(ContextRefresh::finish);
			this.lock.unlock();
		}
	}

	private List<Rehearsed> rehearse(Configuration next, List<ContextRefresh> entered)
			throws RejectedConfigurationException, InterruptedException {
		List<Rehearsed> rehearsed = new ArrayList<>();
		for (ContextRefresh context : this.contexts) {
			entered.add(context);
			rehearsed.add(context.rehearse(this.live, next));
		}
		return rehearsed;
	}

	private void announce(Configuration next, List<Rehearsed> rehearsed) {
		Set<String> keys = new LinkedHashSet<>();
		rehearsed.forEach((part) -> keys.addAll(part.changes().keys()));
		ConfigurationStatus.Rejected former = this.status.rejected();
		this.status = this.status.withApplied(next.revision(), !keys.isEmpty());
		if (former != null) {
			this.announcer.recovered(next.revision());
		}
		boolean renewed = true;
		for (Rehearsed part : rehearsed) {
			if (!part.changes().isEmpty()) {
				this.announcer.changed(part);
				ContextRefresh.run(part::followCached);
			}
			if (!part.changes().isEmpty() || !part.scoped().isEmpty()) {
				renewed &= part.renew(next);
			}
		}
		if (!keys.isEmpty() || former != null) {
			this.announcer.applied(next.revision(), keys, rehearsed);
		}
		if (!renewed) {
			throw new RefreshFailedException("refresh-scoped beans could not be recreated");
		}
		this.followedStatus = this.status;
		this.statusListeners.forEach(Runnable::run);
	}

	/**
	 * Reject a newer configuration that cannot be parsed.
	 * @param revision its revision
	 * @param failure the reason
	 */
	public void reject(long revision, RejectedConfigurationException failure) {
		ConfigurationStatus.Rejected former = this.status.rejected();
		KeyOrigin origin = failure.origin();
		@Nullable String key = (origin != null) ? origin.key() : null;
		String reason = String.valueOf(failure.getMessage());
		if (former != null && former.revision() == revision && former.reason().equals(reason)) {
			return;
		}
		Instant since = (former != null) ? former.since() : Instant.now();
		ConfigurationStatus.Rejected rejected = new ConfigurationStatus.Rejected(revision, key, reason, since);
		this.status = this.status.withRejected(rejected);
		this.announcer.rejected(rejected, former, this.contexts);
		this.followedStatus = this.status;
		this.statusListeners.forEach(Runnable::run);
	}

	/**
	 * Logs and publishes the outcome of changes. The failure of a listener is logged, and
	 * affects neither the change nor other contexts.
	 */
	private static final class Announcer {

		private static final Log logger = LogFactory.getLog(ConfigRefresh.class);

		private static final int MAX_KEYS = 10;

		/** Minimum interval between log lines of level INFO, for bursts of changes. */
		private static final Duration MIN_LOG_INTERVAL = Duration.ofSeconds(1);

		private long lastLogged = System.nanoTime() - MIN_LOG_INTERVAL.toNanos();

		/**
		 * Publish that the environment of a context has changed.
		 * @param rehearsed the change
		 */
		void changed(Rehearsed rehearsed) {
			ConfigurableApplicationContext context = rehearsed.refresh().context();
			publish(context, new OwnEnvironmentChangeEvent(context, rehearsed.changes().keys()));
		}

		/**
		 * Announce that a configuration is applied.
		 * @param revision its revision
		 * @param keys names of the changed properties, empty if a rejected change was
		 * reverted
		 * @param rehearsed the contexts
		 */
		void applied(long revision, Set<String> keys, List<Rehearsed> rehearsed) {
			if (!keys.isEmpty()) {
				String line = "Configuration of revision " + revision + " applied: " + summary(keys);
				if (System.nanoTime() - this.lastLogged >= MIN_LOG_INTERVAL.toNanos()) {
					this.lastLogged = System.nanoTime();
					logger.info(line);
				}
				else {
					logger.debug(line);
				}
			}
			for (Rehearsed part : rehearsed) {
				ConfigurableApplicationContext context = part.refresh().context();
				publish(context, new EtcdConfigurationAppliedEvent(context, revision, part.changes().keys()));
			}
		}

		/**
		 * Log that the configuration is valid again.
		 * @param revision its revision
		 */
		void recovered(long revision) {
			logger.info("Configuration is valid again as of revision " + revision);
		}

		/**
		 * Announce that a configuration is rejected.
		 * @param rejected the configuration and the reason
		 * @param former the previous rejection, {@code null} if there is none
		 * @param contexts the contexts
		 */
		void rejected(ConfigurationStatus.Rejected rejected, ConfigurationStatus.@Nullable Rejected former,
				List<ContextRefresh> contexts) {
			if (former == null || !former.reason().equals(rejected.reason())) {
				logger.warn("Configuration of revision " + rejected.revision()
						+ " rejected, the application keeps its current configuration: " + rejected.reason());
			}
			for (ContextRefresh context : contexts) {
				publish(context.context(), new EtcdConfigurationRejectedEvent(context.context(), rejected));
			}
		}

		/** Notifies only listeners of this context; the parent is notified separately. */
		private static void publish(ConfigurableApplicationContext context, ApplicationEvent event) {
			try {
				if (context.isActive()) {
					context.getBeanFactory()
						.getBean(AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
								ApplicationEventMulticaster.class)
						.multicastEvent(event);
				}
			}
			catch (RuntimeException | Error ex) {
				logger.error("Listener for configuration changes failed: " + FailureCause.location(ex));
			}
		}

		private static String summary(Set<String> keys) {
			String summary = keys.stream().sorted().limit(MAX_KEYS).collect(Collectors.joining(", "));
			return (keys.size() <= MAX_KEYS) ? summary : summary + " and " + (keys.size() - MAX_KEYS) + " more";
		}

	}

	/**
	 * Thrown when a change could not be applied for a reason that may be temporary. The
	 * caller retries it. The message contains no value.
	 */
	public static final class RefreshFailedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		RefreshFailedException(String message) {
			super(message);
		}

	}

	/**
	 * Published after the refresh has updated all beans, so that the rebinder ignores it.
	 */
	static final class OwnEnvironmentChangeEvent extends EnvironmentChangeEvent {

		OwnEnvironmentChangeEvent(Object source, Set<String> keys) {
			super(source, keys);
		}

	}

}
