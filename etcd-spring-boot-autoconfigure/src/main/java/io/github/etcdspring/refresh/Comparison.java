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
 * property source of higher precedence hides changes nothing; a property also changes
 * with those that its placeholders name.
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
	 * Compare a configuration with the one in force.
	 * @param inForce the configuration that the live environment stands for
	 * @param next the configuration that the candidate stands for
	 * @return what changes
	 * @throws RejectedCandidateException if placeholders name each other in a circle
	 */
	Changes between(Configuration inForce, Configuration next) throws RejectedCandidateException {
		Set<String> written = inForce.differences(next);
		if (written.isEmpty()) {
			return Changes.NONE;
		}
		Changes writtenChanges = new Changes(written);
		Set<String> changed = new LinkedHashSet<>();
		for (String name : written) {
			if (!Objects.equals(value(this.live, name), candidateValue(name, new AskedNames(), null))) {
				changed.add(name);
			}
		}
		for (String name : withPlaceholders()) {
			AskedNames asked = new AskedNames();
			Object value = candidateValue(name, asked, writtenChanges);
			if (!changed.contains(name) && writtenChanges.concern(asked.names())
					&& !Objects.equals(value(this.live, name), value)) {
				changed.add(name);
			}
		}
		return new Changes(changed);
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
			.map((name) -> written(name, source));
	}

	/**
	 * A circle is an error of this candidate only if the candidate has to do with it.
	 */
	private @Nullable Object candidateValue(String name, AskedNames asked, @Nullable Changes relevant)
			throws RejectedCandidateException {
		try {
			return asked
				.during(() -> this.candidate.during(() -> text(this.candidate.getProperty(name, Object.class))));
		}
		catch (PlaceholderResolutionException ex) {
			if (isCircular(ex) && (relevant == null || relevant.concern(asked.names()))) {
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

	/** The number of a document and the text of a single key may be the same value. */
	private static @Nullable Object text(@Nullable Object value) {
		return (value != null) ? value.toString() : null;
	}

	/**
	 * Refuse circular placeholders, which would otherwise fail only when the property is
	 * first read.
	 * @param environment the environment, with everything that the application starts
	 * with
	 * @param configuration the configuration that it starts with
	 * @throws RejectedCandidateException if placeholders of the configuration are
	 * circular
	 */
	static void refuseCircularPlaceholders(ConfigurableEnvironment environment, Configuration configuration)
			throws RejectedCandidateException {
		for (ConfigValues values : configuration.values().values()) {
			for (String name : values.names()) {
				ConfigProperty property = values.get(name);
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

	private static RejectedCandidateException circular(ConfigurableEnvironment environment, String name) {
		return new RejectedCandidateException(KeyOrigin.of(environment, Changes.name(name)),
				"the placeholders of the property " + name + " refer to each other in a circle");
	}

	/**
	 * Add to some properties those whose placeholders name them, and those that name
	 * these.
	 * @param keys names of the properties
	 * @param environment where they are
	 * @return the names of all of them
	 */
	static Set<String> withDependents(Set<String> keys, ConfigurableEnvironment environment) {
		Set<String> all = new LinkedHashSet<>(keys);
		Set<ConfigurationPropertyName> names = keys.stream().map(Changes::name).collect(Collectors.toSet());
		boolean grown = true;
		while (grown) {
			grown = false;
			for (PropertySource<?> source : environment.getPropertySources()) {
				if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source)) {
					for (String name : naming(names, source)) {
						grown |= all.add(name);
						names.add(Changes.name(name));
					}
				}
			}
		}
		return all;
	}

	/**
	 * Names of all properties.
	 * @param environment where they are
	 * @return the names, those of environment variables as properties are written
	 */
	static Set<String> names(ConfigurableEnvironment environment) {
		return environment.getPropertySources()
			.stream()
			.filter((source) -> !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.flatMap((source) -> (source instanceof EnumerablePropertySource<?> enumerable)
					? Stream.of(enumerable.getPropertyNames()).map((name) -> written(name, source)) : Stream.empty())
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	/**
	 * Name of a property as properties are written.
	 * @param name name in its source
	 * @param source the source
	 */
	private static String written(String name, PropertySource<?> source) {
		return (source instanceof SystemEnvironmentPropertySource) ? name.toLowerCase(Locale.ROOT).replace('_', '.')
				: name;
	}

	private static Set<String> naming(Set<ConfigurationPropertyName> names, PropertySource<?> source) {
		Set<String> found = new HashSet<>();
		if (source instanceof EnumerablePropertySource<?> enumerable) {
			for (String name : enumerable.getPropertyNames()) {
				if (enumerable.getProperty(name) instanceof CharSequence text && names(text, names)) {
					found.add(written(name, source));
				}
			}
		}
		return found;
	}

	private static boolean names(CharSequence text, Set<ConfigurationPropertyName> names) {
		Matcher matcher = PLACEHOLDER.matcher(text);
		while (matcher.find()) {
			if (names.contains(Changes.name(matcher.group(1).trim()))) {
				return true;
			}
		}
		return false;
	}

	private record Unresolved(String placeholder) {

	}

}
