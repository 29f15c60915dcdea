package io.github.etcdspring.client;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Analyzes a {@link LinkageError} that is caused by incompatible versions of gRPC, Netty,
 * Protobuf or Vert.x.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class IncompatibleLibraryFailureAnalyzer extends AbstractFailureAnalyzer<LinkageError> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, LinkageError cause) {
		LinkageError error = ClientLibraries.findError(cause);
		if (error == null) {
			return null;
		}
		return new FailureAnalysis(
				"Failed to create the etcd client: " + ClientLibraries.describe(error).replace("; ", "\n\n    "),
				ClientLibraries.remedy() + ".", error);
	}

}
