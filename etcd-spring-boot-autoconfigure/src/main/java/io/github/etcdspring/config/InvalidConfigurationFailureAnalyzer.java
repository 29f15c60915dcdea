package io.github.etcdspring.config;

import io.github.etcdspring.client.Causes;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import io.github.etcdspring.refresh.RejectionReasons;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Analyzes failures caused by an invalid key in etcd: names the key, the reason and the
 * command to view it. Runs before the analyzers of Spring Boot, which would show the
 * value.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidConfigurationFailureAnalyzer implements FailureAnalyzer {

	private static final String DESCRIPTION = "The configuration in etcd cannot be used: ";

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
		RejectedConfigurationException reason = Causes.find(RejectedConfigurationException.class, failure);
		if (reason == null && this.environment != null) {
			reason = RejectionReasons.ofStartup(failure, this.environment);
		}
		return (reason != null) ? analysis(reason, failure) : null;
	}

	/**
	 * Return the exception that fails a start with an invalid configuration.
	 * @param reason the key and the reason
	 * @return the exception, which this class analyzes
	 */
	static RuntimeException toStartupFailure(RejectedConfigurationException reason) {
		return new IllegalStateException(DESCRIPTION + reason.getMessage(), reason);
	}

	/**
	 * Describe an invalid key in etcd.
	 * @param reason the key and the reason
	 * @param cause the failure
	 * @return the analysis
	 */
	static FailureAnalysis analysis(RejectedConfigurationException reason, Throwable cause) {
		KeyOrigin origin = reason.origin();
		String action = "Correct the configuration in etcd, and restart the application.";
		if (origin != null) {
			action += " To view the key:\n\n    etcdctl get " + quoted(origin.key());
		}
		return new FailureAnalysis(DESCRIPTION + reason.getMessage(), action, cause);
	}

	/**
	 * Quotes a key for a shell, which understands the escapes of invisible characters.
	 */
	private static String quoted(String key) {
		boolean escapes = key.indexOf('\\') >= 0 || key.indexOf('\'') >= 0;
		return ((escapes) ? "$'" : "'") + key.replace("'", "\\'") + "'";
	}

}
