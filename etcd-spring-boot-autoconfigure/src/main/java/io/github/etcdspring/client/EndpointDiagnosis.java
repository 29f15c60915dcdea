package io.github.etcdspring.client;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.net.ssl.SSLException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why etcd does not answer. The client proper waits for a connection and so
 * knows only that time ran out; this asks each endpoint with a client that does not wait.
 */
final class EndpointDiagnosis implements Function<EtcdRequestException, String> {

	private static final long PATIENCE_MILLIS = 3000;

	private static final int MOST_ENDPOINTS = 5;

	private static final ByteSequence ANY_KEY = ByteSequence.from("\0", StandardCharsets.UTF_8);

	private final EtcdClientFactory factory;

	EndpointDiagnosis(EtcdClientFactory factory) {
		this.factory = factory;
	}

	@Override
	public String apply(EtcdRequestException failure) {
		List<String> addresses = this.factory.addresses();
		return switch (failure.reason()) {
			case UNAVAILABLE, TIMEOUT, OTHER,
					NOT_ETCD ->
				addresses.stream()
					.limit(MOST_ENDPOINTS)
					.parallel()
					.map((address) -> address + ": " + ask(address, failure))
					.collect(Collectors.joining("; "));
			default -> String.join(", ", addresses) + ": " + remedy(failure.reason(), failure);
		};
	}

	private String ask(String address, EtcdRequestException original) {
		try (Client client = this.factory.createFailingFast(address)) {
			client.getKVClient()
				.get(ANY_KEY, GetOption.builder().withSerializable(true).withKeysOnly(true).build())
				.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
			return "reachable, yet " + original.getMessage();
		}
		catch (TimeoutException ex) {
			return "accepts the connection and does not answer within " + PATIENCE_MILLIS
					+ " ms. Check that the member is healthy and that the endpoint is etcd's client port";
		}
		catch (ExecutionException ex) {
			return explain(ex, original);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return original.getMessage();
		}
	}

	private static String explain(Throwable failure, EtcdRequestException original) {
		SSLException tls = find(failure, SSLException.class);
		if (tls != null) {
			return tls(tls);
		}
		if (find(failure, UnknownHostException.class) != null
				|| find(failure, UnresolvedAddressException.class) != null) {
			return "the host name does not resolve. Check spring.cloud.etcd.endpoints";
		}
		ConnectException connect = find(failure, ConnectException.class);
		if (connect != null) {
			return (String.valueOf(connect.getMessage()).contains("refused") ? "connection refused" : "no connection")
					+ ". Start etcd there, or correct spring.cloud.etcd.endpoints";
		}
		EtcdRequestException reported = EtcdRequestException.of(failure);
		if (reported.reason() == Reason.PERMISSION_DENIED && original.reason() != Reason.PERMISSION_DENIED) {
			return "reachable, yet " + original.getMessage();
		}
		String text = texts(failure);
		if (text.contains("http2") || text.contains("HTTP/2") || text.contains("SETTINGS")
				|| text.contains("Unexpected HTTP") || reported.reason() == Reason.NOT_ETCD) {
			return remedy(Reason.NOT_ETCD, reported);
		}
		if (reported.reason() == Reason.UNAVAILABLE && text.contains("Network closed")) {
			return "closes the connection at once. Perhaps it expects TLS: let the endpoint start with https,"
					+ " or it is not etcd's client port";
		}
		return remedy(reported.reason(), reported);
	}

	private static String tls(SSLException failure) {
		String text = texts(failure);
		if (text.contains("not an SSL/TLS record")) {
			return "speaks no TLS. Let the endpoint start with http, or switch TLS on in etcd";
		}
		if (text.contains("PKIX") || text.contains("unable to find valid certification path")) {
			return "its certificate is not trusted. Name the issuer in an SSL bundle at spring.cloud.etcd.ssl.bundle";
		}
		if (text.contains("No subject alternative") || text.contains("No name matching")) {
			return "its certificate is for another host. Use that host in the endpoint, or set spring.cloud.etcd.authority";
		}
		if (text.contains("bad_certificate") || text.contains("certificate_required")
				|| text.contains("handshake_failure") || text.contains("unknown_ca")) {
			return "etcd does not accept the client certificate. Set one that it trusts in the SSL bundle at"
					+ " spring.cloud.etcd.ssl.bundle";
		}
		return "TLS handshake failed: " + failure.getMessage();
	}

	private static String remedy(Reason reason, EtcdRequestException failure) {
		return switch (reason) {
			case BAD_CREDENTIALS -> "user or password is wrong. Correct spring.cloud.etcd.username and .password";
			case AUTHENTICATION_DISABLED -> "etcd has authentication switched off. Remove spring.cloud.etcd.username"
					+ " and .password, or run 'etcdctl auth enable'";
			case UNAUTHENTICATED ->
				"etcd demands a user (" + failure.getMessage() + "). Set spring.cloud.etcd.username and .password";
			case PERMISSION_DENIED -> "permission denied. Grant the user a role for the prefix with"
					+ " 'etcdctl role grant-permission <role> --prefix=true readwrite <prefix>'";
			case NOT_ETCD -> "what answers is not etcd. Name etcd's client port (2379 unless changed) in"
					+ " spring.cloud.etcd.endpoints";
			case TOO_LARGE -> "the request or its answer is too large (" + failure.getMessage()
					+ "). See spring.cloud.etcd.max-inbound-message-size and etcd's --max-request-bytes";
			default -> failure.getMessage();
		};
	}

	private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
		for (Throwable candidate = failure; candidate != null; candidate = candidate.getCause()) {
			if (type.isInstance(candidate)) {
				return type.cast(candidate);
			}
		}
		return null;
	}

	private static String texts(Throwable failure) {
		StringBuilder text = new StringBuilder();
		for (Throwable candidate = failure; candidate != null; candidate = candidate.getCause()) {
			text.append(candidate.getMessage()).append('\n');
		}
		return text.toString();
	}

}
