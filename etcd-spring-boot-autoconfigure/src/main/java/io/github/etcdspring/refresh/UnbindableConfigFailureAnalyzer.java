package io.github.etcdspring.refresh;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Says which key in etcd a bean cannot be bound to, in place of Spring Boot, which would
 * show its value.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnbindableConfigFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private final Environment environment;

	UnbindableConfigFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
		RejectedCandidateException reason = new Rejection(null,
				(name) -> CandidateEnvironment.property(this.environment, name))
			.because(cause, List.of());
		KeyOrigin origin = reason.origin();
		// where it is from elsewhere Spring Boot knows better
		return (origin != null) ? InvalidConfigImportFailureAnalyzer
			.analysis("The configuration in etcd cannot be used: " + reason.getMessage(), origin, cause) : null;
	}

}
