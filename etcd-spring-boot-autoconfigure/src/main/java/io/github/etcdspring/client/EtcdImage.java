package io.github.etcdspring.client;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Names, port and credentials of the known container images of etcd. Internal: public
 * only for {@code etcd-spring-boot-test}.
 */
public final class EtcdImage {

	/** The port for clients. */
	static final int PORT = 2379;

	/** Names of service connections, and of images without their registry. */
	public static final List<String> NAMES = List.of("etcd", "coreos/etcd", "etcd-development/etcd", "bitnami/etcd",
			"bitnamilegacy/etcd");

	/** The user that the password belongs to. */
	static final String ROOT = "root";

	private EtcdImage() {
	}

	/**
	 * Return the password of {@link #ROOT}, if the image enables authentication.
	 * @param environment environment variables of the container
	 * @return the password, {@code null} without authentication
	 */
	static @Nullable String rootPassword(Map<String, ? extends @Nullable String> environment) {
		String password = environment.get("ETCD_ROOT_PASSWORD");
		return StringUtils.hasLength(password) ? password : null;
	}

	/**
	 * Return the client URL.
	 * @param encrypted whether to connect with TLS
	 * @param host name of the host
	 * @param port port on the host
	 * @return the only endpoint
	 */
	static List<String> endpoints(boolean encrypted, String host, int port) {
		return List.of((encrypted ? "https://" : "http://") + host + ":" + port);
	}

}
