package io.github.etcdspring.fleet;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.github.etcdspring.fleet.FleetProperty.Constraint;
import jakarta.validation.Validator;
import jakarta.validation.groups.Default;
import jakarta.validation.metadata.ConstraintDescriptor;
import jakarta.validation.metadata.PropertyDescriptor;

import org.springframework.util.ObjectUtils;

/**
 * {@link PropertyConstraints} of Jakarta Validation: annotations of the property in the
 * default group.
 */
final class ValidatorConstraints implements PropertyConstraints {

	private static final Set<String> IGNORED_ATTRIBUTES = Set.of("message", "groups", "payload", "validationAppliesTo");

	private final Validator validator;

	ValidatorConstraints(Validator validator) {
		this.validator = validator;
	}

	@Override
	public List<Constraint> of(Class<?> type, String property) {
		PropertyDescriptor found = this.validator.getConstraintsForClass(type).getConstraintsForProperty(property);
		return (found != null) ? describe(found) : List.of();
	}

	private static List<Constraint> describe(PropertyDescriptor property) {
		return property.getConstraintDescriptors()
			.stream()
			.filter((descriptor) -> descriptor.getGroups().contains(Default.class))
			.map(ValidatorConstraints::describe)
			.sorted(Comparator.comparing(Constraint::toString))
			.toList();
	}

	private static Constraint describe(ConstraintDescriptor<?> descriptor) {
		Class<?> annotation = descriptor.getAnnotation().annotationType();
		boolean standard = annotation.getPackageName().equals("jakarta.validation.constraints");
		Map<String, String> attributes = new TreeMap<>();
		descriptor.getAttributes().forEach((name, value) -> {
			if (!IGNORED_ATTRIBUTES.contains(name)) {
				attributes.put(name, text(value));
			}
		});
		return new Constraint((standard) ? annotation.getSimpleName() : annotation.getName(), attributes);
	}

	private static String text(Object value) {
		if (ObjectUtils.isArray(value)) {
			return Arrays.stream(ObjectUtils.toObjectArray(value))
				.map(ValidatorConstraints::text)
				.collect(Collectors.joining(","));
		}
		return (value instanceof Class<?> type) ? type.getName() : String.valueOf(value);
	}

}
