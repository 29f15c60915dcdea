package io.github.etcdspring.refresh;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Properties whose value changes for the application.
 */
final class Changes {

	static final Changes NONE = new Changes(Set.of());

	private final Map<String, ConfigurationPropertyName> names = new LinkedHashMap<>();

	/** The names and all that they are part of, as an element is of a list. */
	private final Set<ConfigurationPropertyName> parts = new HashSet<>();

	Changes(Collection<String> keys) {
		for (String key : keys) {
			ConfigurationPropertyName name = name(key);
			this.names.put(key, name);
			for (ConfigurationPropertyName part = name; !part.isEmpty() && this.parts.add(part);) {
				part = part.getParent();
			}
		}
	}

	/**
	 * Return these changes with further ones.
	 * @param keys names of the further properties
	 * @return the changes
	 */
	Changes and(Set<String> keys) {
		if (keys.isEmpty()) {
			return this;
		}
		Set<String> all = new LinkedHashSet<>(this.names.keySet());
		all.addAll(keys);
		return new Changes(all);
	}

	/**
	 * Return the name by which Spring Boot knows a property, however it is written.
	 * @param property a name of the property
	 * @return a name that is equal to those of the other spellings
	 */
	static ConfigurationPropertyName name(String property) {
		return ConfigurationPropertyName.adapt(property, '.');
	}

	/**
	 * Return the names of the properties, as they are written where they come from.
	 * @return the names
	 */
	Set<String> keys() {
		return Collections.unmodifiableSet(this.names.keySet());
	}

	Collection<ConfigurationPropertyName> names() {
		return Collections.unmodifiableCollection(this.names.values());
	}

	Set<ConfigurationPropertyName> parts() {
		return Collections.unmodifiableSet(this.parts);
	}

	boolean isEmpty() {
		return this.names.isEmpty();
	}

	/**
	 * Return the properties below a prefix.
	 * @param prefix the prefix
	 * @return names that are the prefix itself or begin with it
	 */
	List<ConfigurationPropertyName> beneath(ConfigurationPropertyName prefix) {
		if (!prefix.isEmpty() && !this.parts.contains(prefix)) {
			return List.of();
		}
		return this.names.values().stream().filter((name) -> covers(prefix, name)).toList();
	}

	/**
	 * Return whether any of the properties, or one that it is part of, has been asked
	 * for.
	 * @param asked the names asked for
	 */
	boolean concern(Set<ConfigurationPropertyName> asked) {
		return !Collections.disjoint(asked, this.parts);
	}

	private static boolean covers(ConfigurationPropertyName prefix, ConfigurationPropertyName name) {
		return prefix.isEmpty() || prefix.equals(name) || prefix.isAncestorOf(name);
	}

	@Override
	public String toString() {
		return this.names.keySet().toString();
	}

}
