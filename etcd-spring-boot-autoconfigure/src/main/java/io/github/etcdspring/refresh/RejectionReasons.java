package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.OriginProvider;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.ConversionException;
import org.springframework.core.env.Environment;
import org.springframework.util.PlaceholderResolutionException;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;

/**
 * Describes why properties are rejected: the property, its key and the reason. Messages
 * of exceptions are not quoted, as they may contain the value.
 */
public final class RejectionReasons {

	private static final int MAX_ERRORS = 5;

	private final @Nullable String bean;

	private final Function<ConfigurationPropertyName, @Nullable ConfigurationProperty> properties;

	/**
	 * Create for a bean.
	 * @param bean name of the bean that rejects the properties, {@code null} if there is
	 * none
	 * @param properties finds a property by name
	 */
	RejectionReasons(@Nullable String bean,
			Function<ConfigurationPropertyName, @Nullable ConfigurationProperty> properties) {
		this.bean = (bean != null) ? ScopedInstance.beanName(bean) : null;
		this.properties = properties;
	}

	/**
	 * Describe why a bean cannot be bound.
	 * @param failure the failure
	 * @param changes the properties that change for the bean, in case that the failure
	 * does not name the property
	 * @return the reason
	 */
	RejectedConfigurationException ofBinding(Throwable failure, List<ConfigurationPropertyName> changes) {
		UnboundConfigurationPropertiesException unbound = FailureCause
			.find(UnboundConfigurationPropertiesException.class, failure);
		if (unbound != null) {
			return unknown(unbound);
		}
		BindValidationException invalid = FailureCause.find(BindValidationException.class, failure);
		if (invalid != null) {
			return invalid(invalid, changes);
		}
		BindException unbindable = FailureCause.find(BindException.class, failure);
		if (unbindable != null) {
			return unbindable(unbindable, changes);
		}
		return new RejectedConfigurationException(only(changes),
				subject() + " cannot be bound (" + FailureCause.type(failure) + ")", !isLasting(failure));
	}

	private RejectedConfigurationException unknown(UnboundConfigurationPropertiesException failure) {
		KeyOrigin key = failure.getUnboundProperties()
			.stream()
			.map(RejectionReasons::key)
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
		String names = failure.getUnboundProperties()
			.stream()
			.map((property) -> property.getName().toString())
			.limit(MAX_ERRORS)
			.collect(Collectors.joining(", "));
		return new RejectedConfigurationException(key, subject() + " has no such property: " + names);
	}

	private RejectedConfigurationException invalid(BindValidationException failure,
			List<ConfigurationPropertyName> changes) {
		List<String> errors = new ArrayList<>();
		KeyOrigin key = null;
		String prefix = failure.getValidationErrors().getName().toString();
		for (ObjectError error : failure.getValidationErrors()) {
			String property = prefix;
			if (error instanceof FieldError field) {
				property = (prefix.isEmpty()) ? field.getField() : prefix + "." + field.getField();
				key = (key != null) ? key : nearest(PropertyChanges.name(property), changes);
			}
			String code = Objects.requireNonNullElse(error.getCode(), "a constraint");
			errors.add(property + ((code.startsWith("must ")) ? " " : " violates ") + code);
		}
		String reason = errors.stream().sorted().limit(MAX_ERRORS).collect(Collectors.joining(", "));
		if (errors.size() > MAX_ERRORS) {
			reason += ", and " + (errors.size() - MAX_ERRORS) + " more";
		}
		return new RejectedConfigurationException((key != null) ? key : only(changes),
				subject() + " is not valid: " + reason);
	}

	/**
	 * Returns the key of a property. If the property is missing or an object, it is the
	 * key of a changed property below or beside it.
	 */
	private @Nullable KeyOrigin nearest(ConfigurationPropertyName name, List<ConfigurationPropertyName> changes) {
		return Stream
			.of(List.of(name), changes.stream().filter(name::isAncestorOf).toList(),
					changes.stream().filter(name.getParent()::isAncestorOf).toList())
			.flatMap(List::stream)
			.map((candidate) -> key(this.properties.apply(candidate)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	private RejectedConfigurationException unbindable(BindException failure, List<ConfigurationPropertyName> changes) {
		ConfigurationProperty property = failure.getProperty();
		if (property == null) {
			property = this.properties.apply(failure.getName());
		}
		String reason;
		PlaceholderResolutionException missing = FailureCause.find(PlaceholderResolutionException.class, failure);
		boolean lasting = true;
		if (missing != null) {
			reason = unresolvable(property, missing.getPlaceholder());
		}
		else if (FailureCause.find(ConversionException.class, failure) != null) {
			reason = "cannot be converted to " + name(failure.getTarget().getType());
		}
		else {
			lasting = isLasting(failure);
			reason = "cannot be bound to " + name(failure.getTarget().getType()) + " (" + FailureCause.type(failure)
					+ ")";
		}
		KeyOrigin key = key(property);
		return new RejectedConfigurationException((key != null) ? key : only(changes),
				"the property " + failure.getName() + ((this.bean != null) ? " of " + subject() : "") + " " + reason,
				!lasting);
	}

	/**
	 * Describe why a bean cannot be created.
	 * @param failure the failure
	 * @param lookups the properties that were looked up
	 * @param changes the changed properties
	 * @return the reason
	 */
	RejectedConfigurationException ofCreation(Throwable failure, Set<ConfigurationPropertyName> lookups,
			PropertyChanges changes) {
		KeyOrigin key = lookups.stream()
			.sorted(Comparator.comparing((name) -> !changes.withAncestors().contains(name)))
			.map((name) -> key(this.properties.apply(name)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
		BindException unbindable = FailureCause.find(BindException.class, failure);
		if (unbindable != null) {
			return ofBinding(failure, changes.names().stream().toList());
		}
		PlaceholderResolutionException missing = FailureCause.find(PlaceholderResolutionException.class, failure);
		if (missing != null) {
			return unresolvable(missing.getPlaceholder(), lookups, ", required by " + subject());
		}
		return new RejectedConfigurationException(key,
				subject() + " cannot be created (" + FailureCause.type(failure) + ")", !isLasting(failure));
	}

	/**
	 * Find the key that prevents an application from starting.
	 * @param failure the failure
	 * @param environment the environment of the application
	 * @return the key and the reason, {@code null} if no key caused it
	 */
	public static @Nullable RejectedConfigurationException ofStartup(Throwable failure, Environment environment) {
		for (Throwable current : FailureCause.causes(failure).toList()) {
			RejectedConfigurationException reason = null;
			if (current instanceof BindException unbindable) {
				reason = new RejectionReasons(null, (name) -> CandidateEnvironment.property(environment, name))
					.ofBinding(unbindable, List.of());
			}
			else if (current instanceof UnsatisfiedDependencyException unsatisfied
					&& unsatisfied.getInjectionPoint() != null) {
				reason = ofInjection(unsatisfied, unsatisfied.getInjectionPoint(), environment);
			}
			if (reason != null && reason.origin() != null) {
				return reason;
			}
		}
		return null;
	}

	private static @Nullable RejectedConfigurationException ofInjection(UnsatisfiedDependencyException failure,
			InjectionPoint point, Environment environment) {
		String expression = expression(point);
		return (expression != null) ? new RejectedConfigurationException(key(expression, environment),
				"the bean '" + failure.getBeanName() + "' does not accept the value of " + expression + " for "
						+ point.getMember().getDeclaringClass().getName() + "." + point.getMember().getName() + " ("
						+ FailureCause.type(failure) + ")")
				: null;
	}

	private static @Nullable String expression(InjectionPoint point) {
		Value value = point.getAnnotation(Value.class);
		MethodParameter parameter = point.getMethodParameter();
		if (value == null && parameter != null) {
			value = parameter.getMethodAnnotation(Value.class);
		}
		return (value != null) ? value.value() : null;
	}

	/** Returns the key of the first property from etcd that the expression reads. */
	private static @Nullable KeyOrigin key(String expression, Environment environment) {
		PropertyLookups lookups = new PropertyLookups();
		try {
			String unused = lookups.during(() -> environment.resolvePlaceholders(expression));
		}
		catch (IllegalArgumentException ex) {
			// the lookups have been recorded nevertheless
		}
		return lookups.names()
			.stream()
			.map((name) -> KeyOrigin.of(environment, name))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Return whether a retry would fail in the same way.
	 */
	private static boolean isLasting(Throwable failure) {
		Throwable root = FailureCause.root(failure);
		return root instanceof IllegalArgumentException || root instanceof IllegalStateException
				|| root instanceof NullPointerException || root instanceof BeansException;
	}

	/** Returns the key of the only changed property, if there is only one. */
	private @Nullable KeyOrigin only(List<ConfigurationPropertyName> changes) {
		return (changes.size() == 1) ? key(this.properties.apply(changes.get(0))) : null;
	}

	/**
	 * Return the key of a property.
	 * @param origin the property
	 * @return the key, {@code null} if it does not come from etcd
	 */
	static @Nullable KeyOrigin key(@Nullable OriginProvider origin) {
		return (origin != null) ? KeyOrigin.of(origin.getOrigin()) : null;
	}

	private String subject() {
		return (this.bean != null) ? "the bean '" + this.bean + "'" : "the configuration";
	}

	/**
	 * Describe that a placeholder cannot be resolved. It is named if it is in the code or
	 * if it is a whole value, but not if it is part of a value, which may be a secret.
	 * @param placeholder the placeholder
	 * @param lookups the properties that were looked up
	 * @param requiredBy the suffix that names its user, or an empty string
	 * @return the reason
	 */
	RejectedConfigurationException unresolvable(String placeholder, Set<ConfigurationPropertyName> lookups,
			String requiredBy) {
		for (ConfigurationPropertyName name : lookups) {
			ConfigurationProperty property = this.properties.apply(name);
			if (property != null && contains(property, placeholder)) {
				return new RejectedConfigurationException(key(property),
						"the property " + name + requiredBy + ", " + unresolvable(property, placeholder));
			}
		}
		return new RejectedConfigurationException(null, "the property " + placeholder + " is missing" + requiredBy);
	}

	private static boolean contains(ConfigurationProperty property, String placeholder) {
		return String.valueOf(property.getValue()).contains("${" + placeholder);
	}

	private static String unresolvable(@Nullable ConfigurationProperty property, String placeholder) {
		boolean whole = property != null && String.valueOf(property.getValue()).equals("${" + placeholder + "}");
		return ((whole) ? "has the placeholder '" + placeholder + "'" : "has a placeholder")
				+ " that cannot be resolved";
	}

	private static String name(ResolvableType type) {
		return type.toString();
	}

}
