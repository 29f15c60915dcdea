package io.github.etcdspring.sample.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.etcdspring.testsupport.EtcdServer;

/**
 * An instance without the starter: a web server and a key in etcd. Responds with its
 * instance id.
 */
final class MinimalProvider implements AutoCloseable {

	/** More than the default bulkhead permits, less than the server's backlog. */
	static final int CONCURRENT_CALLS = 60;

	private final EtcdServer etcd;

	private final String key;

	private final String instance;

	private final HttpServer server;

	private final CountDownLatch concurrent = new CountDownLatch(CONCURRENT_CALLS);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private MinimalProvider(EtcdServer etcd, String service, String instance) throws IOException {
		this.etcd = etcd;
		this.key = "/services/" + service + "/" + instance;
		this.instance = instance;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
		this.server.createContext("/greeting", this::greet);
		this.server.createContext("/concurrent", this::greetConcurrently);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	static MinimalProvider start(EtcdServer etcd, String service, String instance) {
		try {
			MinimalProvider provider = new MinimalProvider(etcd, service, instance);
			etcd.etcdctl("put", provider.key, "127.0.0.1:" + provider.server.getAddress().getPort());
			return provider;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Put the key again, with a version as metadata.
	 * @param version the version
	 */
	void registerVersion(String version) {
		this.etcd.etcdctl("put", this.key, "{\"host\":\"127.0.0.1\",\"port\":" + this.server.getAddress().getPort()
				+ ",\"metadata\":{\"version\":\"" + version + "\"}}");
	}

	private void greet(HttpExchange exchange) throws IOException {
		byte[] body = ("{\"instance\":\"" + this.instance + "\"}").getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	/** Responds once all concurrent calls have arrived. */
	private void greetConcurrently(HttpExchange exchange) throws IOException {
		this.concurrent.countDown();
		try {
			this.concurrent.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		greet(exchange);
	}

	/**
	 * Stop responding, but stay registered.
	 */
	void fail() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	@Override
	public void close() {
		this.etcd.etcdctl("del", this.key);
		fail();
	}

}
