package io.github.etcdspring.client;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * What is needed to connect to etcd. A bean of this type replaces the connection
 * properties, which is how containers and platforms supply theirs.
 *
 * @since 0.1.0
 */
public interface EtcdConnectionDetails extends ConnectionDetails {

	/**
	 * Client URLs of the members, such as {@code http://etcd-1:2379}.
	 * @return the URLs, at least one unless there is a {@link #getTarget() target}
	 */
	List<String> getEndpoints();

	/**
	 * A gRPC target such as {@code dns:///etcd:2379} that replaces the endpoints.
	 * @return the target or {@code null}
	 */
	default @Nullable String getTarget() {
		return null;
	}

	/**
	 * Name of the etcd user.
	 * @return the name, or {@code null} to connect without authentication
	 */
	default @Nullable String getUsername() {
		return null;
	}

	/**
	 * Password of the etcd user.
	 * @return the password, or {@code null} to connect without authentication
	 */
	default @Nullable String getPassword() {
		return null;
	}

	/**
	 * Certificates for the connection.
	 * @return the bundle, or {@code null} to trust what the JVM trusts where an endpoint
	 * starts with {@code https}
	 */
	default @Nullable SslBundle getSslBundle() {
		return null;
	}

	/**
	 * Whether to encrypt although neither a bundle nor an https endpoint says so, as a
	 * target cannot.
	 * @return {@code true} to encrypt in any case
	 */
	default boolean isSslRequired() {
		return false;
	}

}
