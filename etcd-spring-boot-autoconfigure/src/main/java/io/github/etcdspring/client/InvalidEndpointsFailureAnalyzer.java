package io.github.etcdspring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what is wrong with the endpoints, without credentials.
 */
final class InvalidEndpointsFailureAnalyzer extends AbstractFailureAnalyzer<InvalidEndpointsException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidEndpointsException cause) {
		return new FailureAnalysis(
				"Invalid value '" + cause.getValue() + "' for configuration property 'spring.cloud.etcd.endpoints'. "
						+ cause.getReason(),
				"Correct the endpoints, for example\n\n    spring.cloud.etcd.endpoints=http://etcd-1:2379,http://etcd-2:2379",
				cause);
	}

}
