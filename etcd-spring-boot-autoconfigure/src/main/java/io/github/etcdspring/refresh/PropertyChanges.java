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
final class PropertyChanges {

	static final PropertyChanges NONE = new PropertyChanges(Set.of());

	private final Map<String, ConfigurationPropertyName> names = new LinkedHashMap<>();

	/** The names and their ancestors, such as the list of a changed element. */
	private final Set<ConfigurationPropertyName> withAncestors = new HashSet<>();

	PropertyChanges(Collection<String> keys) {
		for (String key : keys) {
			ConfigurationPropertyName name = name(key);
			this.names.put(key, name);
			for (ConfigurationPropertyName part = name; !part.isEmpty() && this.withAncestors.add(part);) {
				part = part.getParent();
			}
		}
	}

	/**
	 * Return these changes with further ones.
	 * @param keys names of the further properties
	 * @return the changes
	 */
	PropertyChanges and(Set<String> keys) {
		if (keys.isEmpty()) {
			return this;
		}
		Set<String> all = new LinkedHashSet<>(this.names.keySet());
		all.addAll(keys);
		return new PropertyChanges(all);
	}

	/**
	 * Return the canonical name of a property.
	 * @param property the name in any spelling
	 * @return the name, equal for all spellings
	 */
	static ConfigurationPropertyName name(String property) {
		return ConfigurationPropertyName.adapt(property, '.');
	}

	/**
	 * Return the names of the properties as their sources spell them.
	 * @return the names
	 */
	Set<String> keys() {
		return Collections.unmodifiableSet(this.names.keySet());
	}

	Collection<ConfigurationPropertyName> names() {
		return Collections.unmodifiableCollection(this.names.values());
	}

	Set<ConfigurationPropertyName> withAncestors() {
		return Collections.unmodifiableSet(this.withAncestors);
	}

	boolean isEmpty() {
		return this.names.isEmpty();
	}

	/**
	 * Return the properties below a prefix.
	 * @param prefix the prefix
	 * @return names that are the prefix itself or begin with it
	 */
	List<ConfigurationPropertyName> below(ConfigurationPropertyName prefix) {
		if (!prefix.isEmpty() && !this.withAncestors.contains(prefix)) {
			return List.of();
		}
		return this.names.values().stream().filter((name) -> covers(prefix, name)).toList();
	}

	/**
	 * Return whether any of these properties, or an ancestor of one, was looked up.
	 * @param lookups names of the properties that were looked up
	 */
	boolean affect(Set<ConfigurationPropertyName> lookups) {
		return !Collections.disjoint(lookups, this.withAncestors);
	}

	private static boolean covers(ConfigurationPropertyName prefix, ConfigurationPropertyName name) {
		return prefix.isEmpty() || prefix.equals(name) || prefix.isAncestorOf(name);
	}

	@Override
	public String toString() {
		return this.names.keySet().toString();
	}

}
