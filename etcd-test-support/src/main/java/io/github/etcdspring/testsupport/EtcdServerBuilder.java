package io.github.etcdspring.testsupport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * How a server is to be run.
 */
public final class EtcdServerBuilder {

	private static final int ATTEMPTS = 5;

	private final List<String> arguments = new ArrayList<>();

	private @Nullable EtcdBinary binary;

	private @Nullable TestCertificates certificates;

	private boolean clientCertRequired;

	private @Nullable Path dataDirectory;

	private boolean ipv6;

	EtcdServerBuilder() {
	}

	/**
	 * Adds flags, which win over the usual ones.
	 * @param arguments the flags, such as {@code --auth-token=simple}
	 * @return this builder
	 */
	public EtcdServerBuilder arguments(String... arguments) {
		this.arguments.addAll(List.of(arguments));
		return this;
	}

	/**
	 * Runs another etcd than the one of {@link EtcdBinary#locate()}.
	 * @param binary the etcd to run
	 * @return this builder
	 */
	public EtcdServerBuilder binary(EtcdBinary binary) {
		this.binary = binary;
		return this;
	}

	/**
	 * Serves clients with TLS.
	 * @param certificates the certificates to take the server's from
	 * @param clientCertRequired whether clients need a certificate of the same authority,
	 * too
	 * @return this builder
	 */
	public EtcdServerBuilder tls(TestCertificates certificates, boolean clientCertRequired) {
		this.certificates = certificates;
		this.clientCertRequired = clientCertRequired;
		return this;
	}

	/**
	 * Keeps the data in a directory that closing the server leaves alone.
	 * @param dataDirectory the parent of the directory with the data
	 * @return this builder
	 */
	public EtcdServerBuilder dataDirectory(Path dataDirectory) {
		this.dataDirectory = dataDirectory;
		return this;
	}

	/**
	 * Lets clients connect to the loopback address of IPv6, too.
	 * @return this builder
	 */
	public EtcdServerBuilder ipv6() {
		this.ipv6 = true;
		return this;
	}

	/**
	 * Starts the server and waits until it serves.
	 * @return the server
	 */
	public EtcdServer start() {
		return start(List.of("etcd")).get(0);
	}

	/**
	 * Starts the members of a cluster and waits until all of them serve.
	 * @param names the names of the members
	 * @return the members
	 */
	List<EtcdServer> start(List<String> names) {
		EtcdBinary binary = (this.binary != null) ? this.binary : EtcdBinary.locate();
		for (int attempt = 1;; attempt++) {
			try {
				return startOnFreePorts(names, binary);
			}
			catch (AddressInUseException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	private List<EtcdServer> startOnFreePorts(List<String> names, EtcdBinary binary) {
		EtcdOptions options = new EtcdOptions(List.copyOf(this.arguments), this.certificates, this.clientCertRequired,
				this.dataDirectory, this.ipv6);
		List<EtcdAddress> addresses = names.stream().map(EtcdAddress::free).toList();
		String initialCluster = addresses.stream().map(EtcdAddress::clusterEntry).collect(Collectors.joining(","));
		List<EtcdServer> servers = addresses.stream()
			.map((address) -> new EtcdServer(binary, options, address, initialCluster))
			.toList();
		try {
			servers.forEach(EtcdServer::launch);
			servers.forEach(EtcdServer::awaitServing);
			return servers;
		}
		catch (RuntimeException ex) {
			servers.forEach(EtcdServer::close);
			throw ex;
		}
	}

}
