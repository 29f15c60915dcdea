package io.github.etcdspring.refresh;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerGroup;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.cloud.logging.LoggingRebinder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.Environment;

/**
 * Sets the levels of loggers and logger groups that a change affects. Replaces
 * {@link LoggingRebinder}, which sets all levels after any change, even levels that have
 * since been set at runtime, and never resets a level that is no longer configured.
 */
final class LoggingFollower {

	private static final Log logger = LogFactory.getLog(LoggingFollower.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("logging.level");

	private static final Bindable<Map<String, LogLevel>> LEVELS = Bindable.mapOf(String.class, LogLevel.class);

	private final LoggingSystem system;

	private final @Nullable LoggerGroups groups;

	/** The configured levels. The environment has often changed before it is read. */
	private Map<String, LogLevel> levels;

	LoggingFollower(Environment environment, LoggingSystem system, @Nullable LoggerGroups groups) {
		this.system = system;
		this.groups = groups;
		this.levels = initial(environment);
	}

	private static Map<String, LogLevel> initial(Environment environment) {
		try {
			return bind(environment);
		}
		catch (BindException ex) {
			return Map.of();
		}
	}

	private static Map<String, LogLevel> bind(Environment environment) {
		return Binder.get(environment).bind(PREFIX, LEVELS).orElseGet(Map::of);
	}

	/**
	 * Remove the {@link LoggingRebinder} that this type replaces.
	 * @param context the context
	 */
	static void removeRebinder(ConfigurableApplicationContext context) {
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		ApplicationEventMulticaster listeners = beans.getBean(
				AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME, ApplicationEventMulticaster.class);
		listeners.removeApplicationListenerBeans(
				(name) -> beans.containsBean(name) && beans.getType(name, false) == LoggingRebinder.class);
		listeners.removeApplicationListeners((listener) -> listener.getClass() == LoggingRebinder.class);
	}

	/**
	 * Prepare the levels that a change affects.
	 * @param candidate the environment with the change
	 * @param changes the changed properties
	 * @return the updates
	 * @throws RejectedConfigurationException if a level is not valid
	 */
	List<Runnable> prepare(CandidateEnvironment candidate, PropertyChanges changes)
			throws RejectedConfigurationException {
		if (changes.below(PREFIX).isEmpty()) {
			return List.of();
		}
		Map<String, LogLevel> before = this.levels;
		Map<String, LogLevel> after = after(candidate, changes);
		Map<String, @Nullable LogLevel> different = new LinkedHashMap<>();
		for (String name : new TreeSet<>(before.keySet())) {
			if (!after.containsKey(name)) {
				different.put(name, null);
			}
		}
		after.forEach((name, level) -> {
			if (!Objects.equals(before.get(name), level)) {
				different.put(name, level);
			}
		});
		return List.of(() -> {
			this.levels = after;
			different.forEach(this::set);
		});
	}

	private static Map<String, LogLevel> after(CandidateEnvironment candidate, PropertyChanges changes)
			throws RejectedConfigurationException {
		try {
			return bind(candidate);
		}
		catch (BindException ex) {
			throw new RejectionReasons(null, candidate::property).ofBinding(ex, changes.below(PREFIX));
		}
	}

	private void set(String name, @Nullable LogLevel level) {
		try {
			LoggerGroup group = (this.groups != null) ? this.groups.get(name) : null;
			if (group != null && group.hasMembers()) {
				group.getMembers().forEach((member) -> this.system.setLogLevel(member, level));
			}
			else if (name.toUpperCase(Locale.ROOT).equals(LoggingSystem.ROOT_LOGGER_NAME)) {
				// It cannot be unset: INFO is Spring Boot's default
				this.system.setLogLevel(null, (level != null) ? level : LogLevel.INFO);
			}
			else {
				this.system.setLogLevel(name, level);
			}
		}
		catch (RuntimeException ex) {
			logger.error("Failed to set the level of logger '" + name + "': " + FailureCause.type(ex));
		}
	}

}
