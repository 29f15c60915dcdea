package io.github.etcdspring.registry;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Reads the endpoints and the version that Kratos registers in place of host and port.
 * The instance is called at its HTTP endpoint. The port of its gRPC endpoint becomes the
 * metadata that gRPC clients look for.
 */
final class KratosFormat {

	private KratosFormat() {
	}

	static EtcdServiceInstance read(InstanceKey name, InstanceJson json) {
		Endpoint http = find("http", json.endpoints());
		Endpoint grpc = find("grpc", json.endpoints());
		Endpoint called = (http != null) ? http : grpc;
		if (called == null) {
			throw new IllegalArgumentException("field 'endpoints' contains no http or grpc URL");
		}
		Map<String, String> metadata = new TreeMap<>(json.metadata());
		if (json.version() != null && !json.version().isEmpty()) {
			metadata.putIfAbsent("version", json.version());
		}
		if (grpc != null) {
			metadata.putIfAbsent("gRPC_port", String.valueOf(grpc.address().port()));
		}
		return new EtcdServiceInstance(name.serviceId(), name.instanceId(), called.address().host(),
				called.address().port(), called.secure(), EtcdServiceInstance.UP, metadata);
	}

	/** Other schemes, which need not contain an address, are ignored. */
	private static @Nullable Endpoint find(String scheme, List<String> endpoints) {
		for (String endpoint : endpoints) {
			if (endpoint.startsWith(scheme + "://")) {
				return Endpoint.parse(endpoint, false);
			}
			if (endpoint.startsWith(scheme + "s://")) {
				return Endpoint.parse(endpoint, true);
			}
		}
		return null;
	}

	/**
	 * An endpoint such as {@code grpc://10.0.0.7:9000?isSecure=false}. Not parsed as a
	 * {@link java.net.URI}, which knows no host with an underscore.
	 *
	 * @param address host and port
	 * @param secure whether it expects TLS: by its scheme, or by the parameter of earlier
	 * versions of Kratos
	 */
	private record Endpoint(HostAndPort address, boolean secure) {

		static Endpoint parse(String text, boolean secure) {
			String[] parts = text.substring(text.indexOf("://") + 3).split("[/?#]", 2);
			return new Endpoint(HostAndPort.parse(parts[0]),
					secure || (parts.length > 1 && parts[1].contains("isSecure=true")));
		}

	}

}
