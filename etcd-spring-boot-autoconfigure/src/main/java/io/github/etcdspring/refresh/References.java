package io.github.etcdspring.refresh;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Properties that name others by placeholders, and so change with them.
 */
final class References {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^${}:]+)");

	private References() {
	}

	/**
	 * Add to some properties those that name them, and those that name these.
	 * @param keys names of the properties
	 * @param environment where they are
	 * @return the names of all of them
	 */
	static Set<String> spread(Set<String> keys, ConfigurableEnvironment environment) {
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
	static String written(String name, PropertySource<?> source) {
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

}
