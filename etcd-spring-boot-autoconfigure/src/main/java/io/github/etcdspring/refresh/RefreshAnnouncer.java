package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Announces the outcome of a configuration change to the application and the log, and
 * renews refresh-scoped beans. A failing listener does not prevent the rest.
 */
final class RefreshAnnouncer {

	private static final Log logger = LogFactory.getLog(ConfigRefresh.class);

	private static final int MOST_KEYS = 10;

	/** Between two changes that are worth a line each; those in a burst are not. */
	private static final Duration PAUSE = Duration.ofSeconds(1);

	private final ConfigurableApplicationContext context;

	private final RefreshScope scope;

	private long lastLine = System.nanoTime() - PAUSE.toNanos();

	RefreshAnnouncer(ConfigurableApplicationContext context, RefreshScope scope) {
		this.context = context;
		this.scope = scope;
	}

	/**
	 * A configuration is in force.
	 * @param configuration the configuration
	 * @param changes what it has changed
	 * @param properties beans bound to what has changed
	 */
	void applied(Configuration configuration, Changes changes, List<PropertiesBean> properties) {
		publish(new OwnEnvironmentChangeEvent(this.context, changes.keys()));
		renewScope(configuration, changes, properties);
		String line = "Configuration of revision " + configuration.revision() + " applied: " + shown(changes.keys());
		if (System.nanoTime() - this.lastLine >= PAUSE.toNanos()) {
			this.lastLine = System.nanoTime();
			logger.info(line);
		}
		else {
			logger.debug(line);
		}
		publish(new EtcdConfigurationAppliedEvent(this.context, configuration.revision(), changes.keys()));
	}

	private void renewScope(Configuration configuration, Changes changes, List<PropertiesBean> properties) {
		try {
			if (this.scope instanceof EtcdRefreshScope own) {
				own.renewOrKeep(own.affected(changes, configuration, properties, this.context.getBeanFactory()));
				// As after each refresh of Commons: routes of a gateway follow it
				publish(new RefreshScopeRefreshedEvent());
			}
			else {
				this.scope.refreshAll();
			}
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to refresh the refresh scope: " + Rejection.place(ex));
		}
	}

	/**
	 * A configuration is in force after one that was not.
	 * @param revision its revision
	 */
	void healed(long revision) {
		logger.info("The configuration in etcd can be used again since revision " + revision);
	}

	/**
	 * What could not be used is no longer there, and nothing has changed by it.
	 * @param revision revision of the configuration in force
	 */
	void takenBack(long revision) {
		publish(new EtcdConfigurationAppliedEvent(this.context, revision, Set.of()));
	}

	/**
	 * A configuration cannot be used.
	 * @param rejected the configuration and the reason
	 * @param former what was wrong with the one before, {@code null} if that is in force
	 */
	void rejected(RejectedConfiguration rejected, @Nullable RejectedConfiguration former) {
		if (former == null || !former.reason().equals(rejected.reason())) {
			logger.warn("Configuration of revision " + rejected.revision()
					+ " rejected, the application keeps the one it has: " + rejected.reason());
		}
		publish(new EtcdConfigurationRejectedEvent(this.context, rejected));
	}

	private void publish(ApplicationEvent event) {
		try {
			this.context.publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			logger.error("A listener to a change of the configuration failed: " + Rejection.place(ex));
		}
	}

	private static String shown(Set<String> keys) {
		String shown = keys.stream().sorted().limit(MOST_KEYS).collect(Collectors.joining(", "));
		return (keys.size() <= MOST_KEYS) ? shown : shown + " and " + (keys.size() - MOST_KEYS) + " more";
	}

	/**
	 * What has been changed here, and followed already.
	 */
	static final class OwnEnvironmentChangeEvent extends EnvironmentChangeEvent {

		OwnEnvironmentChangeEvent(Object source, Set<String> keys) {
			super(source, keys);
		}

	}

}
