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
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.OriginProvider;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.ConversionException;
import org.springframework.util.PlaceholderResolutionException;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;

/**
 * Describes why properties cannot be used: the property, its key and the reason. Messages
 * of exceptions are not quoted, as they may contain the value.
 */
final class Rejection {

	private static final int MOST_ERRORS = 5;

	private static final int LONGEST_CHAIN = 100;

	private final @Nullable String bean;

	private final Function<ConfigurationPropertyName, @Nullable ConfigurationProperty> properties;

	/**
	 * Create for a bean.
	 * @param bean name of the bean that cannot have the properties, {@code null} if there
	 * is none
	 * @param properties finds them
	 */
	Rejection(@Nullable String bean, Function<ConfigurationPropertyName, @Nullable ConfigurationProperty> properties) {
		this.bean = (bean != null) ? ScopedInstance.beanName(bean) : null;
		this.properties = properties;
	}

	/**
	 * Say what is wrong.
	 * @param failure what came of binding the bean
	 * @param changes what changes for the bean, in case that the failure does not name
	 * the property
	 * @return the reason
	 */
	RejectedCandidateException because(Throwable failure, List<ConfigurationPropertyName> changes) {
		UnboundConfigurationPropertiesException unbound = find(UnboundConfigurationPropertiesException.class, failure);
		if (unbound != null) {
			return unknown(unbound);
		}
		BindValidationException invalid = find(BindValidationException.class, failure);
		if (invalid != null) {
			return invalid(invalid, changes);
		}
		BindException unbindable = find(BindException.class, failure);
		if (unbindable != null) {
			return unbindable(unbindable, changes);
		}
		return new RejectedCandidateException(only(changes), subject() + " cannot be bound (" + kind(failure) + ")",
				!isLasting(failure));
	}

	private RejectedCandidateException unknown(UnboundConfigurationPropertiesException failure) {
		KeyOrigin key = failure.getUnboundProperties()
			.stream()
			.map(Rejection::key)
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
		String names = failure.getUnboundProperties()
			.stream()
			.map((property) -> property.getName().toString())
			.limit(MOST_ERRORS)
			.collect(Collectors.joining(", "));
		return new RejectedCandidateException(key, subject() + " has no such property: " + names);
	}

	private RejectedCandidateException invalid(BindValidationException failure,
			List<ConfigurationPropertyName> changes) {
		List<String> errors = new ArrayList<>();
		KeyOrigin key = null;
		String prefix = failure.getValidationErrors().getName().toString();
		for (ObjectError error : failure.getValidationErrors()) {
			String property = prefix;
			if (error instanceof FieldError field) {
				property = (prefix.isEmpty()) ? field.getField() : prefix + "." + field.getField();
				KeyOrigin origin = key(this.properties.apply(Changes.name(property)));
				key = (key != null) ? key : origin;
			}
			errors.add(property + " violates " + Objects.requireNonNullElse(error.getCode(), "a constraint"));
		}
		String reason = errors.stream().sorted().limit(MOST_ERRORS).collect(Collectors.joining(", "));
		if (errors.size() > MOST_ERRORS) {
			reason += ", and " + (errors.size() - MOST_ERRORS) + " more";
		}
		return new RejectedCandidateException((key != null) ? key : only(changes),
				subject() + " is not valid: " + reason);
	}

	private RejectedCandidateException unbindable(BindException failure, List<ConfigurationPropertyName> changes) {
		ConfigurationProperty property = failure.getProperty();
		if (property == null) {
			property = this.properties.apply(failure.getName());
		}
		String reason;
		PlaceholderResolutionException missing = find(PlaceholderResolutionException.class, failure);
		boolean lasting = true;
		if (missing != null) {
			reason = unresolvable(property, missing.getPlaceholder());
		}
		else if (find(ConversionException.class, failure) != null) {
			reason = "cannot be converted to " + name(failure.getTarget().getType());
		}
		else {
			lasting = isLasting(failure);
			reason = "cannot be bound to " + name(failure.getTarget().getType()) + " (" + kind(failure) + ")";
		}
		KeyOrigin key = key(property);
		return new RejectedCandidateException((key != null) ? key : only(changes),
				"the property " + failure.getName() + ((this.bean != null) ? " of " + subject() : "") + " " + reason,
				!lasting);
	}

	/**
	 * Say why a bean cannot be created.
	 * @param failure the failure
	 * @param asked the properties that were looked up
	 * @param changes what changes
	 * @return the reason
	 */
	RejectedCandidateException ofCreation(Throwable failure, Set<ConfigurationPropertyName> asked, Changes changes) {
		KeyOrigin key = asked.stream()
			.sorted(Comparator.comparing((name) -> !changes.parts().contains(name)))
			.map((name) -> key(this.properties.apply(name)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
		BindException unbindable = find(BindException.class, failure);
		if (unbindable != null) {
			return because(failure, changes.names().stream().toList());
		}
		PlaceholderResolutionException missing = find(PlaceholderResolutionException.class, failure);
		if (missing != null) {
			return unresolvable(missing.getPlaceholder(), asked, ", which " + subject() + " needs");
		}
		return new RejectedCandidateException(key, subject() + " cannot be created (" + kind(failure) + ")",
				!isLasting(failure));
	}

	/**
	 * Return whether the same failure is to be expected when it is tried again.
	 */
	private static boolean isLasting(Throwable failure) {
		Throwable root = root(failure);
		return root instanceof IllegalArgumentException || root instanceof IllegalStateException
				|| root instanceof NullPointerException || root instanceof BeansException;
	}

	/** If only one property changes, that is the one. */
	private @Nullable KeyOrigin only(List<ConfigurationPropertyName> changes) {
		return (changes.size() == 1) ? key(this.properties.apply(changes.get(0))) : null;
	}

	/**
	 * The key that something comes from.
	 * @param origin something with an origin
	 * @return the key, {@code null} if it does not come from etcd
	 */
	static @Nullable KeyOrigin key(@Nullable OriginProvider origin) {
		return (origin != null) ? KeyOrigin.of(origin.getOrigin()) : null;
	}

	/**
	 * Blame no configuration for a want of memory.
	 * @param failure what happened
	 */
	static void requireMemory(Throwable failure) {
		if (root(failure) instanceof OutOfMemoryError error) {
			throw error;
		}
	}

	/**
	 * The kind of a failure without its message.
	 * @param failure the failure
	 * @return the type of what caused it
	 */
	static String kind(Throwable failure) {
		return root(failure).getClass().getName();
	}

	/**
	 * The kind of a failure and where it happened, without its message.
	 * @param failure the failure
	 * @return the type of what caused it, and the place in the code
	 */
	static String place(Throwable failure) {
		Throwable root = root(failure);
		StackTraceElement[] trace = root.getStackTrace();
		return root.getClass().getName() + ((trace.length > 0) ? " at " + trace[0] : "");
	}

	private static Throwable root(Throwable failure) {
		return causes(failure).reduce(failure, (outer, cause) -> cause);
	}

	/**
	 * Find an exception among a failure and its causes.
	 * @param <E> the type of the exception
	 * @param type the type of the exception
	 * @param failure the failure
	 * @return the exception, {@code null} if there is none
	 */
	static <E extends Throwable> @Nullable E find(Class<E> type, Throwable failure) {
		return causes(failure).filter(type::isInstance).map(type::cast).findFirst().orElse(null);
	}

	/**
	 * Return a failure and its causes, which may be circular.
	 * @param failure the failure
	 * @return the failure, what caused it, and so on
	 */
	static Stream<Throwable> causes(Throwable failure) {
		return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(LONGEST_CHAIN);
	}

	private String subject() {
		return (this.bean != null) ? "the bean '" + this.bean + "'" : "the configuration";
	}

	/**
	 * Say that a placeholder cannot be resolved. It is named if the code has it or if it
	 * is all there is of a value, but not if it is a part of a value, which may be a
	 * secret.
	 * @param placeholder the placeholder
	 * @param asked the properties that were looked up
	 * @param needed who needs it, or nothing
	 * @return the reason
	 */
	RejectedCandidateException unresolvable(String placeholder, Set<ConfigurationPropertyName> asked, String needed) {
		for (ConfigurationPropertyName name : asked) {
			ConfigurationProperty property = this.properties.apply(name);
			if (property != null && contains(property, placeholder)) {
				return new RejectedCandidateException(key(property),
						"the property " + name + needed + ", " + unresolvable(property, placeholder));
			}
		}
		return new RejectedCandidateException(null, "the property " + placeholder + " is missing" + needed);
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
