package io.github.etcdspring.refresh;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.Configuration.Values;
import io.github.etcdspring.refresh.LiveConfiguration.LivePropertySource;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Determines which properties a candidate changes for the application. A key that a
 * property source of higher precedence hides changes nothing. A property with
 * placeholders changes along with the properties that they refer to.
 */
final class Comparison {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^${}:]+)");

	private final Environment live;

	private final CandidateEnvironment candidate;

	Comparison(Environment live, CandidateEnvironment candidate) {
		this.live = live;
		this.candidate = candidate;
	}

	/**
	 * Compare a configuration with the current one.
	 * @param current the configuration of the live environment
	 * @param next the configuration of the candidate environment
	 * @return the changed properties
	 * @throws RejectedConfigurationException if placeholders are circular
	 */
	PropertyChanges between(Configuration current, Configuration next) throws RejectedConfigurationException {
		Set<String> modified = current.differences(next);
		if (modified.isEmpty()) {
			return PropertyChanges.NONE;
		}
		PropertyChanges modifiedProperties = new PropertyChanges(modified);
		Set<String> changed = new LinkedHashSet<>();
		for (String name : modified) {
			if (!Objects.equals(value(this.live, name), candidateValue(name, new PropertyLookups(), null))) {
				changed.add(name);
			}
		}
		for (String name : withPlaceholders()) {
			PropertyLookups lookups = new PropertyLookups();
			Object value = candidateValue(name, lookups, modifiedProperties);
			if (!changed.contains(name) && modifiedProperties.affect(lookups.names())
					&& !Objects.equals(value(this.live, name), value)) {
				changed.add(name);
			}
		}
		return new PropertyChanges(changed);
	}

	private Set<String> withPlaceholders() {
		return this.candidate.getPropertySources()
			.stream()
			.filter((source) -> !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.flatMap(Comparison::withPlaceholders)
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	private static Stream<String> withPlaceholders(PropertySource<?> source) {
		if (source instanceof LivePropertySource own) {
			return own.namesWithPlaceholders().stream();
		}
		if (!(source instanceof EnumerablePropertySource<?> enumerable)) {
			return Stream.empty();
		}
		return Stream.of(enumerable.getPropertyNames())
			.filter((name) -> enumerable.getProperty(name) instanceof CharSequence text
					&& text.toString().contains("${"))
			.map((name) -> propertyName(name, source));
	}

	/**
	 * Circular placeholders reject the candidate only if it changes one of them.
	 */
	private @Nullable Object candidateValue(String name, PropertyLookups lookups, @Nullable PropertyChanges relevant)
			throws RejectedConfigurationException {
		try {
			return lookups
				.during(() -> this.candidate.during(() -> text(this.candidate.getProperty(name, Object.class))));
		}
		catch (PlaceholderResolutionException ex) {
			if (isCircular(ex) && (relevant == null || relevant.affect(lookups.names()))) {
				throw circular(this.candidate, name);
			}
			return new Unresolved(ex.getPlaceholder());
		}
		catch (IllegalArgumentException ex) {
			return new Unresolved(name);
		}
	}

	private static @Nullable Object value(Environment environment, String name) {
		try {
			return text(environment.getProperty(name, Object.class));
		}
		catch (PlaceholderResolutionException ex) {
			return new Unresolved(ex.getPlaceholder());
		}
		catch (IllegalArgumentException ex) {
			return new Unresolved(name);
		}
	}

	/** Values are compared as text: 8 in a document equals "8" in a single key. */
	private static @Nullable Object text(@Nullable Object value) {
		return (value != null) ? value.toString() : null;
	}

	/**
	 * Reject circular placeholders, which would otherwise fail only when the property is
	 * first read.
	 * @param environment the complete environment of the application
	 * @param configuration the configuration at start-up
	 * @throws RejectedConfigurationException if placeholders of the configuration are
	 * circular
	 */
	static void rejectCircularPlaceholders(ConfigurableEnvironment environment, Configuration configuration)
			throws RejectedConfigurationException {
		for (Values values : configuration.values().values()) {
			for (String name : values.names()) {
				Property property = values.get(name);
				if (property != null && property.value().toString().contains("${")) {
					try {
						environment.getProperty(name);
					}
					catch (PlaceholderResolutionException ex) {
						if (isCircular(ex)) {
							throw circular(environment, name);
						}
					}
				}
			}
		}
	}

	private static boolean isCircular(PlaceholderResolutionException failure) {
		return failure.getMessage() != null && failure.getMessage().startsWith("Circular");
	}

	private static RejectedConfigurationException circular(ConfigurableEnvironment environment, String name) {
		return new RejectedConfigurationException(KeyOrigin.of(environment, PropertyChanges.name(name)),
				"the property " + name + " has circular placeholders");
	}

	/**
	 * Return properties together with those that refer to them by placeholders, directly
	 * or indirectly.
	 * @param keys names of the properties
	 * @param environment the environment that contains them
	 * @return the names of all of them
	 */
	static Set<String> withDependents(Set<String> keys, ConfigurableEnvironment environment) {
		Set<String> all = new LinkedHashSet<>(keys);
		Set<ConfigurationPropertyName> names = keys.stream().map(PropertyChanges::name).collect(Collectors.toSet());
		boolean added = true;
		while (added) {
			added = false;
			for (PropertySource<?> source : environment.getPropertySources()) {
				if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
					for (String name : referringTo(names, source)) {
						added |= all.add(name);
						names.add(PropertyChanges.name(name));
					}
				}
			}
		}
		return all;
	}

	/**
	 * Return the names of all properties.
	 * @param environment the environment that contains them
	 * @return the names, with environment variables in the notation of properties
	 */
	static Set<String> names(ConfigurableEnvironment environment) {
		return environment.getPropertySources()
			.stream()
			.filter((source) -> !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.flatMap((source) -> (source instanceof EnumerablePropertySource<?> enumerable)
					? Stream.of(enumerable.getPropertyNames()).map((name) -> propertyName(name, source))
					: Stream.empty())
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	/**
	 * Convert the name of an environment variable to the notation of properties.
	 * @param name the name in its source
	 * @param source the source
	 * @return the name of the property
	 */
	private static String propertyName(String name, PropertySource<?> source) {
		return (source instanceof SystemEnvironmentPropertySource) ? name.toLowerCase(Locale.ROOT).replace('_', '.')
				: name;
	}

	private static Set<String> referringTo(Set<ConfigurationPropertyName> names, PropertySource<?> source) {
		Set<String> found = new HashSet<>();
		if (source instanceof EnumerablePropertySource<?> enumerable) {
			for (String name : enumerable.getPropertyNames()) {
				if (enumerable.getProperty(name) instanceof CharSequence text && refersToAny(text, names)) {
					found.add(propertyName(name, source));
				}
			}
		}
		return found;
	}

	private static boolean refersToAny(CharSequence text, Set<ConfigurationPropertyName> names) {
		Matcher matcher = PLACEHOLDER.matcher(text);
		while (matcher.find()) {
			if (names.contains(PropertyChanges.name(matcher.group(1).trim()))) {
				return true;
			}
		}
		return false;
	}

	private record Unresolved(String placeholder) {

	}

}
