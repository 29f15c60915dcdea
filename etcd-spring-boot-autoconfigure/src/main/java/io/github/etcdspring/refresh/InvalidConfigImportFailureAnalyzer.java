package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says which key in etcd is at fault, why, and how to look at it.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
public final class InvalidConfigImportFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigImportException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidConfigImportException cause) {
		return analysis(String.valueOf(cause.getMessage()), cause.origin(), cause);
	}

	/**
	 * Describe a key in etcd that keeps the application from starting.
	 * @param description what is wrong, without any value
	 * @param origin the key, {@code null} if it is not known
	 * @param cause the failure
	 * @return the analysis
	 */
	public static FailureAnalysis analysis(String description, @Nullable KeyOrigin origin, Throwable cause) {
		String action = "Correct what etcd holds there, and start the application again.";
		if (origin != null) {
			action += " To look at it:\n\n    etcdctl get " + quoted(origin.key());
		}
		return new FailureAnalysis(description, action, cause);
	}

	/** For a shell, which knows the escapes of what cannot be shown. */
	private static String quoted(String key) {
		boolean escapes = key.indexOf('\\') >= 0 || key.indexOf('\'') >= 0;
		return ((escapes) ? "$'" : "'") + key.replace("'", "\\'") + "'";
	}

}
