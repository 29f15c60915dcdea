package io.github.etcdspring.console;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that the console requires Spring Security.
 */
final class MissingConsoleSecurityFailureAnalyzer extends AbstractFailureAnalyzer<MissingConsoleSecurityException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingConsoleSecurityException cause) {
		return new FailureAnalysis(
				"The etcd console shows and changes configuration and instances, but the application does not"
						+ " use Spring Security, so everybody who can connect could do so.",
				"Add the dependency org.springframework.boot:spring-boot-starter-security. For development on your"
						+ " own machine, set spring.cloud.etcd.console.allow-anonymous=true instead, or disable the"
						+ " console with spring.cloud.etcd.console.enabled=false.",
				cause);
	}

}
