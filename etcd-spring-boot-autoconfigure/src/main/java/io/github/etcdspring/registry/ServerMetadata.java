package io.github.etcdspring.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Derives metadata for other libraries from the configuration of the servers: the keys of
 * Spring Boot Admin for the actuator, {@code gRPC_port} for gRPC clients, and
 * {@code API_VERSION} for Spring Cloud LoadBalancer. Default values of these libraries
 * are omitted.
 */
final class ServerMetadata {

	private static final String ENDPOINTS = "management.endpoints.web.";

	private static final String MANAGEMENT_SSL = "management.server.ssl.";

	private static final String DEFAULT_PATH = "/actuator";

	private static final boolean HAS_ENDPOINTS = ClassUtils.isPresent(
			"org.springframework.boot.actuate.endpoint.web.WebEndpointResponse", ServerMetadata.class.getClassLoader());

	private final Environment environment;

	ServerMetadata(Environment environment) {
		this.environment = environment;
	}

	/**
	 * Return the metadata of the actuator.
	 * @param ownServer whether the actuator has a separate server
	 * @param secure whether the server of the application uses TLS
	 * @return the metadata
	 */
	Map<String, String> management(boolean ownServer, boolean secure) {
		Map<String, String> metadata = new LinkedHashMap<>();
		if (!HAS_ENDPOINTS || "-1".equals(this.environment.getProperty("management.server.port"))) {
			return metadata;
		}
		String base = (ownServer) ? path("management.server.base-path") : path("server.servlet.context-path")
				+ path("spring.mvc.servlet.path") + path("spring.webflux.base-path");
		String path = base + ((this.environment.containsProperty(ENDPOINTS + "base-path"))
				? path(ENDPOINTS + "base-path") : DEFAULT_PATH);
		if (!path.equals(DEFAULT_PATH)) {
			metadata.put("management.context-path", (path.isEmpty()) ? "/" : path);
		}
		put(metadata, "health.path", this.environment.getProperty(ENDPOINTS + "path-mapping.health"));
		if (ownServer) {
			String address = this.environment.getProperty("management.server.address");
			put(metadata, "management.address", (isWildcard(address)) ? null : address);
			put(metadata, "management.scheme", scheme(secure));
		}
		return metadata;
	}

	/** The address of all interfaces, to which nobody can connect. */
	private static boolean isWildcard(@Nullable String address) {
		return address != null && Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0").contains(address.trim());
	}

	/**
	 * A separate server uses the TLS settings of the application unless it has its own.
	 */
	private @Nullable String scheme(boolean secure) {
		boolean configured = Stream.of("bundle", "key-store", "certificate")
			.anyMatch((name) -> this.environment.containsProperty(MANAGEMENT_SSL + name));
		boolean enabled = this.environment.getProperty(MANAGEMENT_SSL + "enabled", Boolean.class, true);
		boolean own = enabled && (secure || configured);
		return (own == secure) ? null : ((own) ? "https" : "http");
	}

	/**
	 * Return the metadata of the interfaces that the application serves.
	 * @param grpcPort the port of the gRPC server, 0 if it is unknown
	 * @return the metadata
	 */
	Map<String, String> interfaces(int grpcPort) {
		Map<String, String> metadata = new LinkedHashMap<>();
		String port = (grpcPort > 0) ? String.valueOf(grpcPort)
				: first("local.grpc.server.port", "local.grpc.port", "spring.grpc.server.port");
		put(metadata, "gRPC_port", (port.matches("[1-9]\\d*")) ? port : null);
		put(metadata, "API_VERSION", first("spring.mvc.apiversion.default", "spring.webflux.apiversion.default"));
		return metadata;
	}

	private String first(String... names) {
		for (String name : names) {
			String value = this.environment.getProperty(name);
			if (StringUtils.hasText(value)) {
				return value.trim();
			}
		}
		return "";
	}

	private String path(String name) {
		String path = StringUtils.trimTrailingCharacter(this.environment.getProperty(name, "").trim(), '/');
		return (path.isEmpty() || path.startsWith("/")) ? path : "/" + path;
	}

	private static void put(Map<String, String> metadata, String key, @Nullable String value) {
		if (StringUtils.hasText(value)) {
			metadata.put(key, value.trim());
		}
	}

}
