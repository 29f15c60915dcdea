package io.github.etcdspring.client;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How to reach etcd.
 *
 * @param enabled Whether the starter connects to etcd at all.
 * @param endpoints Comma-separated list of client URLs of the members of one etcd
 * cluster. A member that does not answer is left out until it does.
 * @param target Target of gRPC to use in place of the endpoints: a DNS name that stands
 * for all members (dns:///etcd:2379), or a domain whose SRV records name them
 * (dns+srv:///example.com).
 * @param username Name of the etcd user.
 * @param password Password of the etcd user.
 * @param namespace Prefix put before every key that the application reads or writes.
 * @param authority Name to expect in the certificate of etcd when it differs from the
 * host of the endpoint.
 * @param connectTimeout Time allowed to open a connection to one member.
 * @param requestTimeout Time allowed for one request to etcd.
 * @param startupTimeout Time that start-up waits for etcd where the application cannot go
 * on without it.
 * @param keepalive Detection of connections that are open and dead.
 * @param maxInboundMessageSize Largest answer accepted from etcd.
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
	 * Pings on the connection.
	 *
	 * @param time Silence after which a ping is sent. gRPC does not go below 10 seconds.
	 * @param timeout Time allowed for the answer to a ping before the connection is given
	 * up.
	 * @param withoutCalls Whether to ping while no request is under way. etcd closes
	 * connections on which that happens often.
	 */
	public record Keepalive(@DefaultValue("10s") Duration time, @DefaultValue("3s") Duration timeout,
			@DefaultValue("false") boolean withoutCalls) {

	}

	/**
	 * Encryption of the connection.
	 *
	 * @param enabled Whether to encrypt. Follows from the bundle and from endpoints that
	 * start with https unless it is set.
	 * @param bundle Name of the SSL bundle with the certificates to trust and, for mutual
	 * TLS, the certificate to show.
	 */
	public record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {

	}

}
