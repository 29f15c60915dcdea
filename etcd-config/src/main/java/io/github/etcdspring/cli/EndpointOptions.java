package io.github.etcdspring.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Options for the connection to etcd.
 */
final class EndpointOptions {

	@Option(names = "--endpoints", paramLabel = "URLS",
			description = "Comma-separated client URLs of etcd, instead of SPRING_CLOUD_ETCD_ENDPOINTS.")
	private @Nullable String endpoints;

	EtcdSession open() {
		return EtcdSession.open(this.endpoints);
	}

}
