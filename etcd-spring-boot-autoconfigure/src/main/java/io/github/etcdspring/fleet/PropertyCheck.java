package io.github.etcdspring.fleet;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Period;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetVersion.Finding;
import io.github.etcdspring.fleet.FleetVersion.Kind;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.convert.ConversionException;
import org.springframework.util.unit.DataSize;

/**
 * Checks properties against their published description, without the classes of the
 * application.
 */
final class PropertyCheck {

	private static final Map<String, Class<?>> TYPES = Stream
		.of(Boolean.class, Byte.class, Short.class, Integer.class, Long.class, Float.class, Double.class,
				BigInteger.class, BigDecimal.class, Character.class, String.class, Duration.class, Period.class,
				DataSize.class)
		.collect(Collectors.toMap(Class::getName, Function.identity()));

	private final List<ConfigurationPropertyName> prefixes = new ArrayList<>();

	private final Map<ConfigurationPropertyName, FleetProperty> properties = new HashMap<>();

	/**
	 * Create a check.
	 * @param version describes the properties
	 */
	PropertyCheck(FleetVersion version) {
		version.prefixes().forEach((prefix) -> this.prefixes.add(name(prefix)));
		version.properties().forEach((property) -> this.properties.put(name(property.name()), property));
	}

	private static ConfigurationPropertyName name(String name) {
		return ConfigurationPropertyName.adapt(name, '.');
	}

	/**
	 * Check properties.
	 * @param values values by name
	 * @return the findings, ordered by name
	 */
	List<Finding> check(Map<String, String> values) {
		List<Finding> findings = new ArrayList<>();
		new TreeMap<>(values).forEach((name, value) -> check(name, value, findings));
		return List.copyOf(findings);
	}

	private void check(String text, String value, List<Finding> findings) {
		ConfigurationPropertyName name = name(text);
		FleetProperty property = this.properties.get(name);
		if (property != null) {
			check(text, value, property, findings);
		}
		else if (isElement(name)) {
			findings.add(new Finding(text, Kind.NOT_CHECKED, "elements of lists and maps are not checked"));
		}
		else if (this.prefixes.stream().anyMatch((prefix) -> prefix.isAncestorOf(name))) {
			findings.add(new Finding(text, Kind.UNKNOWN, "no such property"));
		}
		else {
			findings.add(new Finding(text, Kind.NOT_CHECKED, "not a described property of this application"));
		}
	}

	/** Whether the name is below a list, a map or another type that is not checked. */
	private boolean isElement(ConfigurationPropertyName name) {
		for (ConfigurationPropertyName part = name; !part.isEmpty(); part = part.getParent()) {
			FleetProperty property = this.properties.get(part);
			if (property != null) {
				return !TYPES.containsKey(property.type()) && property.values().isEmpty();
			}
		}
		return false;
	}

	private static void check(String name, String value, FleetProperty property, List<Finding> findings) {
		Class<?> type = TYPES.get(property.type());
		if (value.contains("${") || value.startsWith("{cipher}")) {
			findings.add(new Finding(name, Kind.NOT_CHECKED, "placeholders and encrypted values are not checked"));
		}
		else if (!property.values().isEmpty()) {
			if (property.values().stream().noneMatch((constant) -> letters(constant).equals(letters(value)))) {
				findings.add(new Finding(name, Kind.INVALID, "must be one of " + property.values()));
			}
		}
		else if (type == null) {
			findings.add(new Finding(name, Kind.NOT_CHECKED, "the type " + property.type() + " is not checked"));
		}
		else {
			check(name, value, type, property.constraints(), findings);
		}
	}

	private static void check(String name, String value, Class<?> type, List<Constraint> constraints,
			List<Finding> findings) {
		Object converted;
		try {
			converted = ApplicationConversionService.getSharedInstance().convert(value, type);
		}
		catch (ConversionException ex) {
			findings.add(new Finding(name, Kind.INVALID, "cannot be converted to " + type.getName()));
			return;
		}
		for (Constraint constraint : constraints) {
			Boolean fulfilled = (converted != null) ? isFulfilled(constraint, converted) : null;
			String text = constraint.name() + constraint.attributes();
			if (fulfilled == null) {
				findings.add(new Finding(name, Kind.NOT_CHECKED, "the constraint " + text + " is not checked"));
			}
			else if (!fulfilled) {
				findings.add(new Finding(name, Kind.INVALID, "violates the constraint " + text));
			}
		}
	}

	/** Enums are compared as Spring Boot converts them. */
	private static String letters(String value) {
		return value.chars()
			.filter(Character::isLetterOrDigit)
			.mapToObj(Character::toString)
			.collect(Collectors.joining())
			.toLowerCase(Locale.ROOT);
	}

	/** Returns null if it is not known. */
	private static @Nullable Boolean isFulfilled(Constraint constraint, Object value) {
		try {
			if (constraint.name().equals("NotNull")) {
				return true;
			}
			if (value instanceof String text) {
				return isFulfilled(constraint, text);
			}
			return (value instanceof Number number) ? isFulfilled(constraint, new BigDecimal(number.toString())) : null;
		}
		catch (IllegalArgumentException ex) {
			// an attribute is not what the annotation has, or the number is infinite
			return null;
		}
	}

	private static @Nullable Boolean isFulfilled(Constraint constraint, String text) {
		return switch (constraint.name()) {
			case "NotBlank" -> !text.isBlank();
			case "NotEmpty" -> !text.isEmpty();
			case "Size" -> text.length() >= Integer.parseInt(attribute(constraint, "min"))
					&& text.length() <= Integer.parseInt(attribute(constraint, "max"));
			case "Pattern" -> (attribute(constraint, "flags").isEmpty()) ? matches(constraint, text) : null;
			default -> null;
		};
	}

	private static boolean matches(Constraint constraint, String text) {
		return Pattern.compile(attribute(constraint, "regexp")).matcher(text).matches();
	}

	private static @Nullable Boolean isFulfilled(Constraint constraint, BigDecimal number) {
		return switch (constraint.name()) {
			case "Min" -> compare(number, constraint) >= 0;
			case "Max" -> compare(number, constraint) <= 0;
			case "DecimalMin" -> isWithin(constraint, compare(number, constraint));
			case "DecimalMax" -> isWithin(constraint, -compare(number, constraint));
			case "Positive" -> number.signum() > 0;
			case "PositiveOrZero" -> number.signum() >= 0;
			case "Negative" -> number.signum() < 0;
			case "NegativeOrZero" -> number.signum() <= 0;
			default -> null;
		};
	}

	private static int compare(BigDecimal number, Constraint constraint) {
		return number.compareTo(new BigDecimal(attribute(constraint, "value")));
	}

	private static boolean isWithin(Constraint constraint, int comparison) {
		return (attribute(constraint, "inclusive").equals("true")) ? comparison >= 0 : comparison > 0;
	}

	private static String attribute(Constraint constraint, String name) {
		return constraint.attributes().getOrDefault(name, "");
	}

}
