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
 * Explains why an application cannot start with its configuration: the key at fault and
 * the reason, without any value.
 */
public final class StartFailure {

	private final Environment environment;

	/**
	 * Create for an application.
	 * @param environment its environment
	 */
	public StartFailure(Environment environment) {
		this.environment = environment;
	}

	/**
	 * Find the key that a failure is due to.
	 * @param failure the failure
	 * @return the key and the reason, {@code null} if no key is at fault, so that Spring
	 * knows better
	 */
	public @Nullable RejectedCandidateException explain(Throwable failure) {
		for (Throwable current : Rejection.causes(failure).toList()) {
			RejectedCandidateException reason = null;
			if (current instanceof BindException unbindable) {
				reason = new Rejection(null, (name) -> CandidateEnvironment.property(this.environment, name))
					.because(unbindable, List.of());
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

	private @Nullable RejectedCandidateException explain(UnsatisfiedDependencyException failure, InjectionPoint point) {
		String expression = expression(point);
		return (expression != null) ? new RejectedCandidateException(key(expression),
				"the bean '" + failure.getBeanName() + "' cannot take the value of " + expression + " for "
						+ point.getMember().getDeclaringClass().getName() + "." + point.getMember().getName() + " ("
						+ Rejection.kind(failure) + ")")
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

	/** The first key that the value is made of. */
	private @Nullable KeyOrigin key(String expression) {
		AskedNames asked = new AskedNames();
		try {
			String unused = asked.during(() -> this.environment.resolvePlaceholders(expression));
		}
		catch (IllegalArgumentException ex) {
			// what it is made of is known all the same
		}
		return asked.names()
			.stream()
			.map((name) -> KeyOrigin.of(this.environment, name))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

}
