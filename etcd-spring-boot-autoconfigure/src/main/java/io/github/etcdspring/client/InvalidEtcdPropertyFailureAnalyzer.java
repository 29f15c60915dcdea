package io.github.etcdspring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Analyzes {@link InvalidEtcdPropertyException}, without printing credentials.
 */
final class InvalidEtcdPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidEtcdPropertyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidEtcdPropertyException cause) {
		return new FailureAnalysis("Invalid value '" + cause.getValue() + "' for configuration property '"
				+ cause.getProperty() + "'. " + cause.getReason(), cause.getAction(), cause);
	}

}
