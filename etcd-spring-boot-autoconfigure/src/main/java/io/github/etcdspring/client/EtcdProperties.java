package io.github.etcdspring.client;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Configuration properties for the connection to etcd.
 *
 * @param enabled Whether to enable the starter.
 * @param endpoints Comma-separated list of client URLs of the members of one etcd
 * cluster. Unreachable members are skipped until they are available again.
 * @param target Target of gRPC to use instead of the endpoints: a DNS name that resolves
 * to all members (dns:///etcd:2379), or a domain with SRV records of the members
 * (dns+srv:///example.com).
 * @param username Name of the etcd user.
 * @param password Password of the etcd user.
 * @param namespace Prefix added to every key that the application reads or writes.
 * @param authority Host name to expect in the certificate of etcd, if it differs from the
 * host of the endpoint.
 * @param connectTimeout Timeout for opening a connection to a member.
 * @param requestTimeout Timeout for a request to etcd.
 * @param startupTimeout Maximum time to wait for etcd on startup, if the application
 * requires it.
 * @param keepalive Detection of dead connections.
 * @param maxInboundMessageSize Maximum size of a response from etcd.
 * @param ssl Encryption of the connection.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd")
public record EtcdProperties(@DefaultValue("true") boolean enabled,
		@DefaultValue("http://localhost:2379") List<String> endpoints, @Nullable String target,
		@Nullable String username, @Nullable String password, @Nullable String namespace, @Nullable String authority,
		@DefaultValue("3s") Duration connectTimeout, @DefaultValue("5s") Duration requestTimeout,
		@DefaultValue("10s") Duration startupTimeout, @DefaultValue Keepalive keepalive,
		@DefaultValue("64MB") DataSize maxInboundMessageSize, @DefaultValue Ssl ssl) {

	@Override
	public String toString() {
		return "EtcdProperties[endpoints=" + EtcdEndpoints.withoutCredentials(this.endpoints) + "]";
	}

	/**
	 * Keep-alive pings that detect dead connections.
	 *
	 * @param time Time without activity after which a ping is sent. gRPC enforces a
	 * minimum of 10 seconds.
	 * @param timeout Time to wait for the response to a ping before the connection is
	 * closed.
	 * @param withoutCalls Whether to send pings while no request is in progress. etcd
	 * closes connections with too many such pings.
	 */
	public record Keepalive(@DefaultValue("10s") Duration time, @DefaultValue("3s") Duration timeout,
			@DefaultValue("false") boolean withoutCalls) {

	}

	/**
	 * Encryption of the connection.
	 *
	 * @param enabled Whether to use TLS. Enabled automatically if a bundle is set or the
	 * endpoints start with https.
	 * @param bundle Name of the SSL bundle with the trusted certificates and, for mutual
	 * TLS, the client certificate.
	 */
	public record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {

	}

}
