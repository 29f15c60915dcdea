package io.github.etcdspring.refresh;

import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.core.MethodParameter;
import org.springframework.core.env.Environment;

/**
 * Explains why an application cannot start with its configuration: names the key at fault
 * and the reason, but no value.
 */
public final class StartupFailureExplainer {

	private final Environment environment;

	/**
	 * Create an explainer.
	 * @param environment the environment of the application
	 */
	public StartupFailureExplainer(Environment environment) {
		this.environment = environment;
	}

	/**
	 * Find the key that caused a failure.
	 * @param failure the failure
	 * @return the key and the reason, {@code null} if no key caused it
	 */
	public @Nullable RejectedConfigurationException explain(Throwable failure) {
		for (Throwable current : FailureCause.causes(failure).toList()) {
			RejectedConfigurationException reason = null;
			if (current instanceof BindException unbindable) {
				reason = new RejectionReasons(null, (name) -> CandidateEnvironment.property(this.environment, name))
					.ofBinding(unbindable, List.of());
			}
			else if (current instanceof UnsatisfiedDependencyException unsatisfied
					&& unsatisfied.getInjectionPoint() != null) {
				reason = explain(unsatisfied, unsatisfied.getInjectionPoint());
			}
			if (reason != null && reason.origin() != null) {
				return reason;
			}
		}
		return null;
	}

	private @Nullable RejectedConfigurationException explain(UnsatisfiedDependencyException failure,
			InjectionPoint point) {
		String expression = expression(point);
		return (expression != null) ? new RejectedConfigurationException(key(expression),
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
	private @Nullable KeyOrigin key(String expression) {
		PropertyLookups lookups = new PropertyLookups();
		try {
			String unused = lookups.during(() -> this.environment.resolvePlaceholders(expression));
		}
		catch (IllegalArgumentException ex) {
			// the lookups have been recorded nevertheless
		}
		return lookups.names()
			.stream()
			.map((name) -> KeyOrigin.of(this.environment, name))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

}
