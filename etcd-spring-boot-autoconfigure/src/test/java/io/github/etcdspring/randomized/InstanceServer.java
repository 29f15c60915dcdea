package io.github.etcdspring.randomized;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;
import io.github.etcdspring.testsupport.TcpProxy;

/**
 * HTTP server of an instance, called through a proxy that disturbs its network.
 */
final class InstanceServer implements AutoCloseable {

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final TcpProxy network;

	InstanceServer() {
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.setExecutor(this.threads);
		this.server.createContext("/", (exchange) -> {
			exchange.sendResponseHeaders(204, -1);
			exchange.close();
		});
		this.server.start();
		this.network = TcpProxy.to(this.server.getAddress().getPort());
	}

	/**
	 * Return the port that callers use.
	 */
	int port() {
		return this.network.port();
	}

	void begin(InstanceFault fault) {
		switch (fault) {
			case REFUSED -> {
				this.network.refuse();
				this.network.cut();
			}
			case FROZEN -> this.network.blackhole(true);
			case UNREACHABLE -> this.network.drop();
		}
	}

	void end(InstanceFault fault) {
		switch (fault) {
			case REFUSED -> this.network.accept();
			case FROZEN -> this.network.blackhole(false);
			case UNREACHABLE -> this.network.restore();
		}
	}

	/**
	 * End as a process that is killed: open connections are reset, new ones refused.
	 */
	@Override
	public void close() {
		this.network.close();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
