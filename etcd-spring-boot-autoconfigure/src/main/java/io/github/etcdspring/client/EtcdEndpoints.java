package io.github.etcdspring.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * Client URLs of etcd members, all plain or all encrypted.
 */
record EtcdEndpoints(List<URI> uris, boolean encrypted) {

	private static final String PROPERTY = "spring.cloud.etcd.endpoints";

	private static final int DEFAULT_PORT = 2379;

	static EtcdEndpoints parse(List<String> values) {
		List<URI> uris = values.stream().filter(StringUtils::hasText).map(EtcdEndpoints::parse).toList();
		if (uris.isEmpty()) {
			throw invalid("", "Name at least one etcd member, such as http://localhost:2379.");
		}
		boolean encrypted = uris.get(0).getScheme().equals("https");
		if (uris.stream().anyMatch((uri) -> uri.getScheme().equals("https") != encrypted)) {
			throw invalid(withoutCredentials(values).toString(),
					"Either all endpoints start with http or all start with https.");
		}
		return new EtcdEndpoints(uris, encrypted);
	}

	private static URI parse(String value) {
		String url = value.trim();
		URI uri;
		try {
			uri = new URI((url.contains("://")) ? url : "http://" + url);
		}
		catch (URISyntaxException ex) {
			throw invalid(withoutCredentials(value), "It is not a URL such as http://etcd-1:2379.");
		}
		if (uri.getUserInfo() != null) {
			throw invalid(withoutCredentials(value),
					"Set spring.cloud.etcd.username and spring.cloud.etcd.password instead of credentials in the URL.");
		}
		if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
			throw invalid(withoutCredentials(value), "It starts with neither http:// nor https://.");
		}
		if (uri.getHost() == null || uri.getPort() > 65535 || uri.getPort() == 0) {
			throw invalid(withoutCredentials(value), "It has no host or no valid port, as http://etcd-1:2379 has.");
		}
		if (StringUtils.hasLength(uri.getPath()) && !uri.getPath().equals("/")) {
			throw invalid(withoutCredentials(value), "An etcd endpoint has no path.");
		}
		int port = (uri.getPort() != -1) ? uri.getPort() : DEFAULT_PORT;
		return URI.create(uri.getScheme() + "://" + uri.getHost() + ":" + port);
	}

	static List<String> withoutCredentials(List<String> values) {
		return values.stream().map(EtcdEndpoints::withoutCredentials).toList();
	}

	private static String withoutCredentials(String value) {
		return value.replaceAll("[^/]*@", "***@");
	}

	private static InvalidConfigurationPropertyValueException invalid(String value, String reason) {
		return new InvalidConfigurationPropertyValueException(PROPERTY, value, reason);
	}

}
