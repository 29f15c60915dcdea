package io.github.etcdspring.config;

import java.util.Map;

import org.springframework.util.StringUtils;

/**
 * The properties of one context at one revision.
 */
final class ConfigValues {

	static final ConfigValues NONE = new ConfigValues(Map.of());

	private final Map<String, ConfigProperty> properties;

	private final String[] names;

	private ConfigValues(Map<String, ConfigProperty> properties) {
		this(properties, StringUtils.toStringArray(properties.keySet()));
	}

	private ConfigValues(Map<String, ConfigProperty> properties, String[] names) {
		this.properties = properties;
		this.names = names;
	}

	/**
	 * Properties that follow others.
	 * @param properties the properties by name, not changed afterwards
	 * @return the values, with the same array of names if those have not changed, as
	 * Spring Boot compares it on each lookup
	 */
	ConfigValues replacedBy(Map<String, ConfigProperty> properties) {
		if (properties.keySet().equals(this.properties.keySet())) {
			return new ConfigValues(properties, this.names);
		}
		return new ConfigValues(properties);
	}

	/**
	 * The properties by name.
	 * @return the properties, not to be changed
	 */
	Map<String, ConfigProperty> properties() {
		return this.properties;
	}

	/**
	 * The names of the properties.
	 * @return the names, not to be changed
	 */
	String[] names() {
		return this.names;
	}

}
