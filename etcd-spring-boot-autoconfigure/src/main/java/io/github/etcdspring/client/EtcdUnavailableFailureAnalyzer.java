package io.github.etcdspring.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says which endpoint could not be used, why, and what to do.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class EtcdUnavailableFailureAnalyzer extends AbstractFailureAnalyzer<EtcdUnavailableException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, EtcdUnavailableException cause) {
		return new FailureAnalysis(cause.getProblem() + "\n\n    " + cause.getExplanation().replace("; ", "\n    "), """
				Follow the remedy given for the endpoint. To let the application start without etcd and \
				catch up when etcd is there, set

				    %s""".formatted(cause.getStartWithout()), cause);
	}

}
