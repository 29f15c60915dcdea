package io.github.etcdspring.testsupport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How a server is to be run, wherever it listens.
 *
 * @param arguments further flags
 * @param certificates what it proves itself with, or {@code null} for plain text
 * @param clientCertRequired whether clients need a certificate, too
 * @param dataDirectory the parent directory of the data, or {@code null} for one that
 * goes with the server
 * @param ipv6 whether clients may connect by IPv6, too
 */
record EtcdOptions(List<String> arguments, @Nullable TestCertificates certificates, boolean clientCertRequired,
		@Nullable Path dataDirectory, boolean ipv6) {

	// Tests do not outlive the machine's power supply.
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
		if (binary.understands(NO_FSYNC)) {
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
	 * Returns what etcdctl needs to reach a server.
	 * @param endpoint the server's URL
	 * @param credentials a name and its password, or {@code null}
	 * @return flags, which the same ones behind them win over
	 */
	List<String> etcdctlFlags(String endpoint, @Nullable String credentials) {
		List<String> flags = new ArrayList<>();
		flags.add("--endpoints=" + endpoint);
		// its own 5 s are short for the check of a password on a busy machine
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
