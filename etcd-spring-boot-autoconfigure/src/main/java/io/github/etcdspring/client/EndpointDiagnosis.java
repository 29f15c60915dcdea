package io.github.etcdspring.client;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.net.ssl.SSLException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.EtcdRequestException.Reason;

/**
 * Determines why etcd does not answer. The main client waits for a connection, so its
 * calls only time out. This class probes each endpoint with a client that fails fast.
 */
final class EndpointDiagnosis implements Function<EtcdRequestException, String> {

	private static final Duration TIMEOUT = Duration.ofSeconds(3);

	private static final int MAX_ENDPOINTS = 5;

	/** With TLS 1.3, the client is notified after the handshake, or not at all. */
	private static final String CLIENT_CERTIFICATE = "client certificate rejected or missing. Add one that etcd"
			+ " trusts to the SSL bundle in spring.cloud.etcd.ssl.bundle";

	private static final ByteSequence ANY_KEY = ByteSequence.from("\0", StandardCharsets.UTF_8);

	private final EtcdClientFactory factory;

	EndpointDiagnosis(EtcdClientFactory factory) {
		this.factory = factory;
	}

	@Override
	public String apply(EtcdRequestException failure) {
		List<String> addresses = this.factory.addresses();
		return switch (failure.reason()) {
			case UNAVAILABLE, TIMEOUT, OTHER, NOT_ETCD -> probe(addresses, failure);
			case INCOMPATIBLE_LIBRARY -> remedy(failure.reason(), failure);
			default -> String.join(", ", addresses) + ": " + remedy(failure.reason(), failure);
		};
	}

	/** Probe all endpoints in parallel, with one timeout for all. */
	private String probe(List<String> addresses, EtcdRequestException failure) {
		long end = System.nanoTime() + TIMEOUT.toNanos();
		List<Probe> probes = addresses.stream().limit(MAX_ENDPOINTS).map(this::probe).toList();
		try {
			return probes.stream()
				.map((probe) -> probe.address() + ": " + probe.await(end, failure))
				.collect(Collectors.joining("; "));
		}
		finally {
			probes.forEach((probe) -> probe.client().close());
		}
	}

	private Probe probe(String address) {
		Client client = this.factory.createFailingFast(address);
		GetOption option = GetOption.builder().withSerializable(true).withKeysOnly(true).build();
		return new Probe(address, client, client.getKVClient().get(ANY_KEY, option));
	}

	/**
	 * Return the cause of a failure and its remedy.
	 * @param failure the failure of the probe
	 * @param encrypted whether the endpoint uses TLS
	 * @param original the failure that caused the probe
	 * @return the explanation
	 */
	static String explain(Throwable failure, boolean encrypted, EtcdRequestException original) {
		SSLException tls = Causes.find(SSLException.class, failure);
		if (tls != null) {
			return tls(tls);
		}
		if (Causes.find(UnknownHostException.class, failure) != null
				|| Causes.find(UnresolvedAddressException.class, failure) != null) {
			return "unknown host, the name cannot be resolved. Correct spring.cloud.etcd.endpoints";
		}
		ConnectException connect = Causes.find(ConnectException.class, failure);
		if (connect != null) {
			return (String.valueOf(connect.getMessage()).contains("refused") ? "connection refused" : "no connection")
					+ ". Start etcd there, or correct spring.cloud.etcd.endpoints";
		}
		EtcdRequestException reported = EtcdRequestException.of(failure);
		if (reported.reason() == Reason.PERMISSION_DENIED && original.reason() != Reason.PERMISSION_DENIED) {
			return "reachable, but the request failed: " + original.getMessage();
		}
		String text = messages(failure);
		// either the close or the reset of the connection may arrive first
		boolean reset = text.contains("Connection reset") || text.contains("Broken pipe");
		if (text.contains("while performing TLS negotiation") || (encrypted && reset)) {
			return "closes the connection during the TLS handshake. If etcd does not use TLS, change the endpoint to"
					+ " http";
		}
		if (text.contains("http2") || text.contains("HTTP/2") || text.contains("SETTINGS")
				|| text.contains("Unexpected HTTP") || reported.reason() == Reason.NOT_ETCD) {
			return remedy(Reason.NOT_ETCD, reported);
		}
		if (reported.reason() == Reason.UNAVAILABLE && (reset || text.contains("Network closed"))) {
			return (encrypted) ? CLIENT_CERTIFICATE
					: "closes the connection immediately. If etcd uses TLS, change the endpoint to https. Check that"
							+ " the port is etcd's client port";
		}
		return remedy(reported.reason(), reported);
	}

	private static String tls(SSLException failure) {
		String text = messages(failure);
		if (text.contains("not an SSL/TLS record")) {
			return "does not use TLS. Change the endpoint to http, or enable TLS in etcd";
		}
		if (text.contains("PKIX") || text.contains("unable to find valid certification path")) {
			return "server certificate not trusted. Add its issuer to the SSL bundle in spring.cloud.etcd.ssl.bundle";
		}
		if (text.contains("No subject alternative") || text.contains("No name matching")) {
			return "server certificate does not match the host. Use a host name of the certificate in the endpoint, or set"
					+ " spring.cloud.etcd.authority";
		}
		if (text.contains("bad_certificate") || text.contains("certificate_required")
				|| text.contains("handshake_failure") || text.contains("unknown_ca")) {
			return CLIENT_CERTIFICATE;
		}
		return "TLS handshake failed: " + failure.getMessage();
	}

	private static String remedy(Reason reason, EtcdRequestException failure) {
		return switch (reason) {
			case BAD_CREDENTIALS -> "invalid user name or password. Correct spring.cloud.etcd.username and .password";
			case AUTHENTICATION_DISABLED -> "authentication is not enabled in etcd. Remove spring.cloud.etcd.username"
					+ " and .password, or run 'etcdctl auth enable'";
			case UNAUTHENTICATED -> "etcd requires authentication (" + failure.getMessage()
					+ "). Set spring.cloud.etcd.username and .password";
			case PERMISSION_DENIED -> "permission denied. Grant the user a role for the prefix with"
					+ " 'etcdctl role grant-permission <role> --prefix=true readwrite <prefix>'";
			case NOT_ETCD ->
				"not an etcd server. Use etcd's client port (2379 by default) in" + " spring.cloud.etcd.endpoints";
			case TOO_LARGE -> "request or response too large (" + failure.getMessage()
					+ "). Raise spring.cloud.etcd.max-inbound-message-size or etcd's --max-request-bytes";
			case RATE_LIMITED -> "too many requests (" + failure.getMessage()
					+ "). Requests are retried with back-off. Raise the rate limit of etcd or of the proxy in front of it";
			case OUT_OF_SPACE -> "etcd is full (" + failure.getMessage()
					+ "). Compact and defragment it, then run 'etcdctl alarm disarm'";
			case INCOMPATIBLE_LIBRARY -> incompatible(failure);
			default -> failure.getMessage();
		};
	}

	private static String incompatible(EtcdRequestException failure) {
		LinkageError error = ClientLibraries.findError(failure);
		return (error != null) ? ClientLibraries.describe(error) + "; " + ClientLibraries.remedy()
				: failure.getMessage();
	}

	private static String messages(Throwable failure) {
		return Causes.of(failure).map(Throwable::getMessage).map(String::valueOf).collect(Collectors.joining("\n"));
	}

	/**
	 * Pending request to an endpoint.
	 */
	private record Probe(String address, Client client, CompletableFuture<GetResponse> answer) {

		String await(long end, EtcdRequestException original) {
			String proxy = JvmProxy.of(this.address);
			try {
				this.answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
				return "reachable, but the request failed: " + original.getMessage();
			}
			catch (TimeoutException ex) {
				return (proxy != null) ? JvmProxy.remedy(proxy, this.address, "no answer")
						: "accepts the connection, but does not answer within " + TIMEOUT.toSeconds()
								+ " s. Check that the member is healthy and that the endpoint is etcd's client port";
			}
			catch (ExecutionException ex) {
				if (proxy != null && EtcdRequestException.of(ex).reason() == Reason.UNAVAILABLE) {
					ConnectException connect = Causes.find(ConnectException.class, ex);
					return JvmProxy.remedy(proxy, this.address,
							(connect != null) ? connect.getMessage() : "no connection");
				}
				return explain(ex, this.address.startsWith("https"), original);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return original.getMessage();
			}
		}

	}

}
