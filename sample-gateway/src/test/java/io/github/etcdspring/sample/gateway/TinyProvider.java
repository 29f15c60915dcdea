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
 * An instance of a service that knows nothing of the starter: a web server and a key in
 * etcd. It says who answers.
 */
final class TinyProvider implements AutoCloseable {

	/** More than a few, and fewer than connections that a server takes at a time. */
	static final int CROWD = 60;

	private final EtcdServer etcd;

	private final String key;

	private final String instance;

	private final HttpServer server;

	private final CountDownLatch crowd = new CountDownLatch(CROWD);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private TinyProvider(EtcdServer etcd, String service, String instance) throws IOException {
		this.etcd = etcd;
		this.key = "/services/" + service + "/" + instance;
		this.instance = instance;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
		this.server.createContext("/greeting", this::greet);
		this.server.createContext("/crowd", this::greetTogether);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	static TinyProvider start(EtcdServer etcd, String service, String instance) {
		try {
			TinyProvider provider = new TinyProvider(etcd, service, instance);
			etcd.etcdctl("put", provider.key, "127.0.0.1:" + provider.server.getAddress().getPort());
			return provider;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void greet(HttpExchange exchange) throws IOException {
		byte[] body = ("{\"instance\":\"" + this.instance + "\"}").getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	/** Answers once there is a crowd. */
	private void greetTogether(HttpExchange exchange) throws IOException {
		this.crowd.countDown();
		try {
			this.crowd.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		greet(exchange);
	}

	/**
	 * Answer no more, and stay in etcd.
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
