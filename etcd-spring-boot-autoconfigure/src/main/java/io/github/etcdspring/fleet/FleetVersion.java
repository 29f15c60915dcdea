package io.github.etcdspring.fleet;

import java.util.List;
import java.util.Map;

/**
 * Configuration properties of a version of an application, as published by its instances.
 * Available without a live instance.
 *
 * @param service name of the service
 * @param version version of the application, {@code unknown} if it has none
 * @param prefixes prefixes below which all properties are described, such as
 * {@code orders.cache}
 * @param properties its properties, ordered by name
 * @since 0.1.0
 */
public record FleetVersion(String service, String version, List<String> prefixes, List<FleetProperty> properties) {

	public FleetVersion {
		prefixes = List.copyOf(prefixes);
		properties = List.copyOf(properties);
	}

	/**
	 * Check properties without a live instance. Names below {@link #prefixes()} must
	 * exist. Numbers, booleans, durations, data sizes and enums must be convertible.
	 * Numbers and texts must fulfill the standard constraints. Anything else is reported
	 * as not checked: lists, maps, other types and constraints, placeholders and
	 * encrypted values. Only an instance can check the configuration as a whole.
	 * @param values values by name, in any form that Spring Boot supports in a property
	 * file
	 * @return the findings, ordered by name; empty if everything was checked and is
	 * valid. They do not contain the values
	 */
	public List<Finding> check(Map<String, String> values) {
		return new PropertyCheck(this).check(values);
	}

	/**
	 * Result of the check of a property.
	 *
	 * @param name name of the property, as checked
	 * @param kind what was found
	 * @param reason explanation, without the value
	 */
	public record Finding(String name, Kind kind, String reason) {

	}

	/**
	 * Kind of a finding.
	 */
	public enum Kind {

		/** The version has no such property. Spring Boot ignores it. */
		UNKNOWN,

		/** The version would reject the value. */
		INVALID,

		/** Whether the version accepts the value is not known. */
		NOT_CHECKED

	}

}
