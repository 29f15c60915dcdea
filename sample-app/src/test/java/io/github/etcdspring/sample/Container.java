package io.github.etcdspring.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

import com.sun.net.httpserver.HttpServer;

/**
 * An HTTP server that does not use etcd and is registered by others.
 */
final class Container implements AutoCloseable {

	private final HttpServer server;

	private Container(HttpServer server) {
		this.server = server;
	}

	static Container start(String name) {
		try {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			String answer = "{\"message\":\"Hello\",\"instance\":\"%s\",\"port\":%d}".formatted(name,
					server.getAddress().getPort());
			server.createContext("/greeting", (exchange) -> {
				exchange.getResponseHeaders().set("Content-Type", "application/json");
				exchange.sendResponseHeaders(200, answer.length());
				exchange.getResponseBody().write(answer.getBytes(StandardCharsets.US_ASCII));
				exchange.close();
			});
			server.start();
			return new Container(server);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns its published address. */
	String address() {
		return "127.0.0.1:" + this.server.getAddress().getPort();
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

}
