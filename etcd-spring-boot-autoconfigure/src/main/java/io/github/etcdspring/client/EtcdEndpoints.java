package io.github.etcdspring.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.springframework.util.StringUtils;

/**
 * Client URLs of etcd members, either all http or all https.
 */
record EtcdEndpoints(List<URI> uris, boolean encrypted) {

	private static final int DEFAULT_PORT = 2379;

	private static final Set<String> TARGET_SCHEMES = Set.of("dns", "dns+srv", "ip");

	static EtcdEndpoints parse(List<String> values) {
		if (values.stream().anyMatch((value) -> value.contains("@"))) {
			throw invalid(withoutCredentials(values),
					"Set spring.cloud.etcd.username and spring.cloud.etcd.password instead of credentials in the URL.");
		}
		List<URI> uris = values.stream().filter(StringUtils::hasText).map(EtcdEndpoints::parse).toList();
		if (uris.isEmpty()) {
			throw invalid("", "At least one endpoint is required, such as http://localhost:2379.");
		}
		boolean encrypted = uris.get(0).getScheme().equals("https");
		if (uris.stream().anyMatch((uri) -> uri.getScheme().equals("https") != encrypted)) {
			throw invalid(String.join(",", values), "All endpoints must use the same scheme, http or https.");
		}
		return new EtcdEndpoints(uris, encrypted);
	}

	/**
	 * Return the gRPC target for the endpoints.
	 * @return the target
	 */
	String target() {
		return target(this.uris);
	}

	/** Same as jetcd's target for endpoints, but with encoded brackets of IPv6 hosts. */
	static String target(List<URI> uris) {
		return "ip:///" + uris.stream()
			.map((uri) -> uri.getHost().replace("[", "%5B").replace("]", "%5D") + ":" + uri.getPort())
			.collect(Collectors.joining(","));
	}

	private static URI parse(String value) {
		String url = value.trim();
		URI uri;
		try {
			uri = new URI((url.contains("://")) ? url : "http://" + url);
		}
		catch (URISyntaxException ex) {
			throw invalid(value, "Must be a URL such as http://etcd-1:2379.");
		}
		if (TARGET_SCHEMES.contains(uri.getScheme())) {
			throw new InvalidEtcdPropertyException("spring.cloud.etcd.endpoints", value,
					"This is a gRPC target, not the URL of a member.",
					"Set it as the target instead:\n\n    spring.cloud.etcd.target=" + url);
		}
		if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
			throw invalid(value, "Must start with http:// or https://.");
		}
		if (uri.getHost() == null || uri.getPort() > 65535 || uri.getPort() == 0) {
			throw invalid(value, "Must have a valid host and port, such as http://etcd-1:2379.");
		}
		if ((StringUtils.hasLength(uri.getPath()) && !uri.getPath().equals("/")) || uri.getQuery() != null
				|| uri.getFragment() != null) {
			throw invalid(value, "Must not have a path, a query or a fragment.");
		}
		int port = (uri.getPort() != -1) ? uri.getPort() : DEFAULT_PORT;
		return URI.create(uri.getScheme() + "://" + uri.getHost() + ":" + port);
	}

	/**
	 * Return the endpoints for messages. A comma in a password splits it into two values,
	 * so everything before the last credentials is masked.
	 */
	static String withoutCredentials(List<String> values) {
		String all = String.join(",", values);
		return (all.contains("@")) ? "***" + all.substring(all.lastIndexOf('@')) : all;
	}

	private static InvalidEtcdPropertyException invalid(String value, String reason) {
		return new InvalidEtcdPropertyException("spring.cloud.etcd.endpoints", value, reason,
				"Correct the endpoints, for example\n\n    spring.cloud.etcd.endpoints=http://etcd-1:2379,http://etcd-2:2379");
	}

}
