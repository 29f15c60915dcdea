package io.github.etcdspring.testsupport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Options of a server, independent of its address.
 *
 * @param arguments further flags
 * @param certificates certificates of the server, or {@code null} to disable TLS
 * @param clientCertRequired whether clients must present a certificate
 * @param dataDirectory the parent directory of the data, or {@code null} for a temporary
 * one
 * @param ipv6 whether to listen on the IPv6 loopback address as well
 * @param closedOnExit whether the server is closed when the JVM exits
 */
record EtcdOptions(List<String> arguments, @Nullable TestCertificates certificates, boolean clientCertRequired,
		@Nullable Path dataDirectory, boolean ipv6, boolean closedOnExit) {

	// Test data does not have to survive a power failure.
	private static final String NO_FSYNC = "--unsafe-no-fsync";

	String scheme() {
		return (this.certificates != null) ? "https" : "http";
	}

	List<String> commandLine(EtcdBinary binary, EtcdAddress address, String initialCluster, Path data) {
		String clientUrl = scheme() + "://127.0.0.1:" + address.clientPort();
		List<String> line = new ArrayList<>();
		line.add(binary.etcd().toString());
		line.add("--logger=zap");
		line.add("--log-level=warn");
		line.add("--name=" + address.name());
		line.add("--data-dir=" + data);
		line.add("--listen-client-urls=" + clientUrl
				+ ((this.ipv6) ? "," + scheme() + "://[::1]:" + address.clientPort() : ""));
		line.add("--advertise-client-urls=" + clientUrl);
		line.add("--listen-peer-urls=" + address.peerUrl());
		line.add("--listen-metrics-urls=" + address.healthUrl());
		line.add("--initial-advertise-peer-urls=" + address.peerUrl());
		line.add("--initial-cluster=" + initialCluster);
		if (binary.supportsFlag(NO_FSYNC)) {
			line.add(NO_FSYNC);
		}
		if (this.certificates != null) {
			line.add("--cert-file=" + this.certificates.server().certificate());
			line.add("--key-file=" + this.certificates.server().key());
			if (this.clientCertRequired) {
				line.add("--client-cert-auth");
				line.add("--trusted-ca-file=" + this.certificates.authority());
			}
		}
		line.addAll(this.arguments);
		return line;
	}

	/**
	 * Returns the etcdctl flags for a server.
	 * @param endpoint the server's URL
	 * @param credentials {@code user:password}, or {@code null}
	 * @return the flags; the same flags later on the command line override them
	 */
	List<String> etcdctlFlags(String endpoint, @Nullable String credentials) {
		List<String> flags = new ArrayList<>();
		flags.add("--endpoints=" + endpoint);
		// the default of 5 s is too short for hashing a password on a busy machine
		flags.add("--command-timeout=30s");
		if (this.certificates != null) {
			flags.add("--cacert=" + this.certificates.authority());
			if (this.clientCertRequired) {
				flags.add("--cert=" + this.certificates.client("root").certificate());
				flags.add("--key=" + this.certificates.client("root").key());
			}
		}
		if (credentials != null) {
			flags.add("--user=" + credentials);
		}
		return flags;
	}

}
