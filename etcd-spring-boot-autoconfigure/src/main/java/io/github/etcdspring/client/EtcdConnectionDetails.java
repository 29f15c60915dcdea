package io.github.etcdspring.client;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Details required to establish a connection to etcd. A bean of this type replaces the
 * connection properties. Service connections of Testcontainers and Docker Compose define
 * one.
 *
 * @since 0.1.0
 */
public interface EtcdConnectionDetails extends ConnectionDetails {

	/**
	 * Return the client URLs of the members, such as {@code http://etcd-1:2379}.
	 * @return the URLs, at least one unless there is a {@link #getTarget() target}
	 */
	List<String> getEndpoints();

	/**
	 * Return a gRPC target such as {@code dns:///etcd:2379} that replaces the endpoints.
	 * @return the target or {@code null}
	 */
	default @Nullable String getTarget() {
		return null;
	}

	/**
	 * Return the name of the etcd user.
	 * @return the name, or {@code null} to connect without authentication
	 */
	default @Nullable String getUsername() {
		return null;
	}

	/**
	 * Return the password of the etcd user.
	 * @return the password, or {@code null} to connect without authentication
	 */
	default @Nullable String getPassword() {
		return null;
	}

	/**
	 * Return the SSL bundle with the certificates for the connection.
	 * @return the bundle, or {@code null} to use the default trust store of the JVM for
	 * {@code https} endpoints
	 */
	default @Nullable SslBundle getSslBundle() {
		return null;
	}

	/**
	 * Return whether to use TLS without an SSL bundle or https endpoints. Required for
	 * TLS with a target and the default trust store.
	 * @return {@code true} to use TLS in any case
	 */
	default boolean isSslRequired() {
		return false;
	}

}
