package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.List;
import java.util.Set;
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
 * Logs and publishes the outcome of changes. The failure of a listener is logged, and
 * affects neither the change nor other contexts.
 */
final class RefreshAnnouncer {

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

	/**
	 * Published after the refresh has updated all beans, so that the rebinder ignores it.
	 */
	static final class OwnEnvironmentChangeEvent extends EnvironmentChangeEvent {

		OwnEnvironmentChangeEvent(Object source, Set<String> keys) {
			super(source, keys);
		}

	}

}
