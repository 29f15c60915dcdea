package io.github.etcdspring.refresh;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.InjectionPoint;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Says which key in etcd a field or parameter with {@link Value @Value} cannot take.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnusableValueFailureAnalyzer extends AbstractFailureAnalyzer<UnsatisfiedDependencyException> {

	private final Environment environment;

	UnusableValueFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnsatisfiedDependencyException cause) {
		for (Throwable current = cause; current != null; current = current.getCause()) {
			if (current instanceof UnsatisfiedDependencyException unsatisfied
					&& unsatisfied.getInjectionPoint() != null) {
				FailureAnalysis analysis = analyze(unsatisfied, unsatisfied.getInjectionPoint());
				if (analysis != null) {
					return analysis;
				}
			}
		}
		return null;
	}

	private @Nullable FailureAnalysis analyze(UnsatisfiedDependencyException failure, InjectionPoint point) {
		String expression = expression(point);
		KeyOrigin key = (expression != null) ? key(expression) : null;
		// where it is from elsewhere Spring knows better
		return (key != null) ? InvalidConfigImportFailureAnalyzer.analysis("The configuration in etcd cannot be used: "
				+ key + ": the bean '" + failure.getBeanName() + "' cannot take the value of " + expression + " for "
				+ point.getMember().getDeclaringClass().getName() + "." + point.getMember().getName() + " ("
				+ Rejection.kind(failure) + ")", key, failure) : null;
	}

	private static @Nullable String expression(InjectionPoint point) {
		Value value = point.getAnnotation(Value.class);
		MethodParameter parameter = point.getMethodParameter();
		if (value == null && parameter != null) {
			value = parameter.getMethodAnnotation(Value.class);
		}
		return (value != null) ? value.value() : null;
	}

	/** The first key in etcd that the value is made of. */
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
			.map((name) -> Rejection.key(CandidateEnvironment.property(this.environment, name)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

}
