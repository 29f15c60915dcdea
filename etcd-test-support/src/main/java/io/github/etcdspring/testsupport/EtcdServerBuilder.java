package io.github.etcdspring.testsupport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Builder of an {@link EtcdServer}.
 */
public final class EtcdServerBuilder {

	private static final int ATTEMPTS = 5;

	private final List<String> arguments = new ArrayList<>();

	private @Nullable EtcdBinary binary;

	private @Nullable TestCertificates certificates;

	private boolean clientCertRequired;

	private @Nullable Path dataDirectory;

	private boolean ipv6;

	private boolean closedOnExit = true;

	EtcdServerBuilder() {
	}

	/**
	 * Adds flags, which override the default ones.
	 * @param arguments the flags, such as {@code --auth-token=simple}
	 * @return this builder
	 */
	public EtcdServerBuilder arguments(String... arguments) {
		this.arguments.addAll(List.of(arguments));
		return this;
	}

	/**
	 * Sets the etcd to run instead of {@link EtcdBinary#locate()}.
	 * @param binary the etcd to run
	 * @return this builder
	 */
	public EtcdServerBuilder binary(EtcdBinary binary) {
		this.binary = binary;
		return this;
	}

	/**
	 * Enables TLS for clients.
	 * @param certificates the certificates, including that of the server
	 * @param clientCertRequired whether clients must present a certificate of the same
	 * authority
	 * @return this builder
	 */
	public EtcdServerBuilder tls(TestCertificates certificates, boolean clientCertRequired) {
		this.certificates = certificates;
		this.clientCertRequired = clientCertRequired;
		return this;
	}

	/**
	 * Stores the data in a directory that is kept when the server is closed.
	 * @param dataDirectory the parent of the data directory
	 * @return this builder
	 */
	public EtcdServerBuilder dataDirectory(Path dataDirectory) {
		this.dataDirectory = dataDirectory;
		return this;
	}

	/**
	 * Listens on the IPv6 loopback address as well.
	 * @return this builder
	 */
	public EtcdServerBuilder ipv6() {
		this.ipv6 = true;
		return this;
	}

	/**
	 * Keeps the server running when the JVM exits, until the caller closes it. By
	 * default, it is closed at the same time as the applications that use it.
	 * @return this builder
	 */
	public EtcdServerBuilder keptOnExit() {
		this.closedOnExit = false;
		return this;
	}

	/**
	 * Starts the server and waits until it is ready.
	 * @return the server
	 */
	public EtcdServer start() {
		return start(List.of("etcd")).get(0);
	}

	/**
	 * Starts the members of a cluster and waits until all are ready.
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
				this.dataDirectory, this.ipv6, this.closedOnExit);
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
