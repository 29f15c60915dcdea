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

	private static final int MOST_KEYS = 10;

	/** Between two changes that are logged at info level; the others are a burst. */
	private static final Duration PAUSE = Duration.ofSeconds(1);

	private long lastLine = System.nanoTime() - PAUSE.toNanos();

	/**
	 * Tell a context that its environment has changed.
	 * @param rehearsed what has changed for the context
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
			String line = "Configuration of revision " + revision + " applied: " + shown(keys);
			if (System.nanoTime() - this.lastLine >= PAUSE.toNanos()) {
				this.lastLine = System.nanoTime();
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
	 * Log that the configuration can be used again.
	 * @param revision its revision
	 */
	void recovered(long revision) {
		logger.info("The configuration is valid again since revision " + revision);
	}

	/**
	 * Announce that a configuration is rejected.
	 * @param rejected the configuration and the reason
	 * @param former the one rejected before, {@code null} if that is applied
	 * @param contexts the contexts
	 */
	void rejected(ConfigurationStatus.Rejected rejected, ConfigurationStatus.@Nullable Rejected former,
			List<ContextRefresh> contexts) {
		if (former == null || !former.reason().equals(rejected.reason())) {
			logger.warn("Configuration of revision " + rejected.revision()
					+ " rejected, the application keeps the one it has: " + rejected.reason());
		}
		for (ContextRefresh context : contexts) {
			publish(context.context(), new EtcdConfigurationRejectedEvent(context.context(), rejected));
		}
	}

	/** To the listeners of this context only: its parent has its own. */
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
			logger.error("A listener for a change of the configuration failed: " + Rejection.place(ex));
		}
	}

	private static String shown(Set<String> keys) {
		String shown = keys.stream().sorted().limit(MOST_KEYS).collect(Collectors.joining(", "));
		return (keys.size() <= MOST_KEYS) ? shown : shown + " and " + (keys.size() - MOST_KEYS) + " more";
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
