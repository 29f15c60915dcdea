package io.github.etcdspring.refresh;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Properties whose value is or will be another one, as the application sees it.
 */
final class Changes {

	static final Changes NONE = new Changes(Set.of());

	private final Map<String, ConfigurationPropertyName> names = new LinkedHashMap<>();

	Changes(Collection<String> keys) {
		keys.forEach((key) -> this.names.put(key, name(key)));
	}

	/**
	 * The name by which Spring Boot knows a property, however it is written.
	 * @param property a name of the property
	 * @return a name that is equal to those of the other spellings
	 */
	static ConfigurationPropertyName name(String property) {
		return ConfigurationPropertyName.adapt(property, '.');
	}

	/**
	 * Names of the properties, as they are written where they come from.
	 * @return the names
	 */
	Set<String> keys() {
		return Collections.unmodifiableSet(this.names.keySet());
	}

	boolean isEmpty() {
		return this.names.isEmpty();
	}

	/**
	 * The properties that a prefix covers.
	 * @param prefix the prefix
	 * @return names that are the prefix itself or lie beneath it
	 */
	List<ConfigurationPropertyName> beneath(ConfigurationPropertyName prefix) {
		return this.names.values().stream().filter((name) -> covers(prefix, name)).toList();
	}

	/**
	 * Whether any of the properties is one of those asked for, or part of it, as an
	 * element is of a list.
	 * @param asked the names asked for
	 */
	boolean concern(Set<ConfigurationPropertyName> asked) {
		for (ConfigurationPropertyName name : this.names.values()) {
			for (ConfigurationPropertyName part = name; !part.isEmpty(); part = part.getParent()) {
				if (asked.contains(part)) {
					return true;
				}
			}
		}
		return false;
	}

	private static boolean covers(ConfigurationPropertyName prefix, ConfigurationPropertyName name) {
		return prefix.isEmpty() || prefix.equals(name) || prefix.isAncestorOf(name);
	}

	@Override
	public String toString() {
		return this.names.keySet().toString();
	}

}
