package io.github.etcdspring.fleet;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Description of a configuration property of an application, as published by the
 * application itself. It contains no value of the running configuration.
 *
 * @param name name in the canonical form, such as {@code orders.cache.max-size}
 * @param type name of the Java type with its type parameters, such as
 * {@code java.lang.Integer} or {@code java.util.List<java.lang.String>}
 * @param description description of the property, {@code null} if there is none
 * @param defaultValue default value in the source code, {@code null} if it is not known
 * or the name of the property suggests a secret; elements of a list are separated by
 * commas
 * @param deprecation why and by what the property is replaced, {@code null} if it is not
 * deprecated
 * @param values all values of an enum, in lower case with hyphens; empty for other types
 * @param constraints constraints that a value must fulfill, empty if the application does
 * not validate the property
 * @since 0.1.0
 */
public record FleetProperty(String name, String type, @Nullable String description, @Nullable String defaultValue,
		@Nullable Deprecation deprecation, List<String> values, List<Constraint> constraints) {

	public FleetProperty {
		values = List.copyOf(values);
		constraints = List.copyOf(constraints);
	}

	/**
	 * Deprecation of a property.
	 *
	 * @param level {@code warning} if the property is still bound, {@code error} if not
	 * @param reason reason of the deprecation, {@code null} if it is not known
	 * @param replacement name of the property that replaces it, {@code null} if there is
	 * none
	 */
	public record Deprecation(String level, @Nullable String reason, @Nullable String replacement) {

	}

	/**
	 * Constraint of Jakarta Validation.
	 *
	 * @param name simple name of the annotation if it is one of
	 * {@code jakarta.validation.constraints}, such as {@code Min}; its full name
	 * otherwise
	 * @param attributes attributes of the annotation as text, such as {@code value} or
	 * {@code regexp}, without message, groups and payload; elements of an array are
	 * separated by commas
	 */
	public record Constraint(String name, Map<String, String> attributes) {

		public Constraint {
			attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
		}

	}

}
