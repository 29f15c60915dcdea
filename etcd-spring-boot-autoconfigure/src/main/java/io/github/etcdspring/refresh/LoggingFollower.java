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

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerGroup;
import org.springframework.boot.logging.LoggerGroups;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.core.env.Environment;

/**
 * Levels of loggers and of groups of them. Commons sets those that are there after any
 * change, and leaves a level as it is that is no longer there.
 */
final class LoggingFollower {

	private static final Log logger = LogFactory.getLog(LoggingFollower.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("logging.level");

	private static final Bindable<Map<String, LogLevel>> LEVELS = Bindable.mapOf(String.class, LogLevel.class);

	private final Environment live;

	private final LoggingSystem system;

	private final @Nullable LoggerGroups groups;

	LoggingFollower(Environment live, LoggingSystem system, @Nullable LoggerGroups groups) {
		this.live = live;
		this.system = system;
		this.groups = groups;
	}

	/**
	 * Prepare the levels that a change affects.
	 * @param candidate the environment with the change
	 * @param changes what changes
	 * @return the updates
	 * @throws RejectedCandidateException if a level is not valid
	 */
	List<Runnable> prepare(CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException {
		if (changes.beneath(PREFIX).isEmpty()) {
			return List.of();
		}
		Map<String, LogLevel> before = before();
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
		return List.of(() -> different.forEach(this::set));
	}

	private Map<String, LogLevel> before() {
		try {
			return Binder.get(this.live).bind(PREFIX, LEVELS).orElseGet(Map::of);
		}
		catch (BindException ex) {
			return Map.of();
		}
	}

	private static Map<String, LogLevel> after(CandidateEnvironment candidate, Changes changes)
			throws RejectedCandidateException {
		try {
			return Binder.get(candidate).bind(PREFIX, LEVELS).orElseGet(Map::of);
		}
		catch (BindException ex) {
			throw new Rejection(null, candidate::property).because(ex, changes.beneath(PREFIX));
		}
	}

	private void set(String name, @Nullable LogLevel level) {
		try {
			LoggerGroup group = (this.groups != null) ? this.groups.get(name) : null;
			if (group != null && group.hasMembers()) {
				group.getMembers().forEach((member) -> this.system.setLogLevel(member, level));
			}
			else if (name.toUpperCase(Locale.ROOT).equals(LoggingSystem.ROOT_LOGGER_NAME)) {
				// There is always one, and this is the one that Boot begins with
				this.system.setLogLevel(null, (level != null) ? level : LogLevel.INFO);
			}
			else {
				this.system.setLogLevel(name, level);
			}
		}
		catch (RuntimeException ex) {
			logger.error("The level of the logger " + name + " cannot be set (" + Rejection.kind(ex) + ")");
		}
	}

}
