package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads the health and metrics endpoints of a member.
 */
final class EtcdHealth {

	private static final Duration LIMIT = Duration.ofSeconds(1);

	private final String url;

	EtcdHealth(String url) {
		this.url = url;
	}

	/**
	 * Returns whether the member knows a leader and responds to a read.
	 * @return whether it is ready
	 */
	boolean isServing() {
		// A member without a leader logs a warning per health request.
		return get("/metrics").contains("\netcd_server_has_leader 1\n") && get("/health").contains("\"true\"");
	}

	boolean isLeader() {
		return get("/metrics").contains("\netcd_server_is_leader 1\n");
	}

	private String get(String path) {
		try {
			HttpURLConnection connection = (HttpURLConnection) URI.create(this.url + path)
				.toURL()
				.openConnection(Proxy.NO_PROXY);
			connection.setConnectTimeout((int) LIMIT.toMillis());
			connection.setReadTimeout((int) LIMIT.toMillis());
			connection.setRequestProperty("Connection", "close");
			try {
				return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			}
			finally {
				connection.disconnect();
			}
		}
		catch (IOException ex) {
			return "";
		}
	}

}
