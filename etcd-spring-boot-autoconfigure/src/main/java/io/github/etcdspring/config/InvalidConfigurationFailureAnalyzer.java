package io.github.etcdspring.config;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import io.github.etcdspring.refresh.StartupFailureExplainer;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Names the key in etcd that keeps an application from starting, why, and how to look at
 * it. Comes before the analyzers of Spring Boot, which would show its value.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidConfigurationFailureAnalyzer implements FailureAnalyzer {

	private static final String UNUSABLE = "The configuration in etcd cannot be used: ";

	private final @Nullable Environment environment;

	/**
	 * Create an analyzer.
	 * @param environment the environment, {@code null} if there is no application context
	 */
	InvalidConfigurationFailureAnalyzer(@Nullable Environment environment) {
		this.environment = environment;
	}

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		for (Throwable current = failure; current != null; current = current.getCause()) {
			if (current instanceof RejectedCandidateException rejected) {
				return analysis(rejected, failure);
			}
		}
		RejectedCandidateException reason = (this.environment != null)
				? new StartupFailureExplainer(this.environment).explain(failure) : null;
		return (reason != null) ? analysis(reason, failure) : null;
	}

	/**
	 * Return the exception that ends a start with a configuration that cannot be used.
	 * @param reason the key and the reason
	 * @return the exception, which this class analyzes
	 */
	static RuntimeException unusable(RejectedCandidateException reason) {
		return new IllegalStateException(UNUSABLE + reason.getMessage(), reason);
	}

	/**
	 * Describe a key in etcd that keeps the application from starting.
	 * @param reason the key and the reason
	 * @param cause the failure
	 * @return the analysis
	 */
	static FailureAnalysis analysis(RejectedCandidateException reason, Throwable cause) {
		KeyOrigin origin = reason.origin();
		String action = "Correct what etcd holds there, and start the application again.";
		if (origin != null) {
			action += " To look at it:\n\n    etcdctl get " + quoted(origin.key());
		}
		return new FailureAnalysis(UNUSABLE + reason.getMessage(), action, cause);
	}

	/** For a shell, which knows the escapes of what cannot be shown. */
	private static String quoted(String key) {
		boolean escapes = key.indexOf('\\') >= 0 || key.indexOf('\'') >= 0;
		return ((escapes) ? "$'" : "'") + key.replace("'", "\\'") + "'";
	}

}
