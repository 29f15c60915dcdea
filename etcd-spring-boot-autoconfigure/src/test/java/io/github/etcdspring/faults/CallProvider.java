package io.github.etcdspring.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * A process with an HTTP server that responds with the argument of the program, and
 * prints its port.
 */
public final class CallProvider {

	private static final Log logger = LogFactory.getLog(CallProvider.class);

	private CallProvider() {
	}

	public static void main(String[] args) throws IOException {
		byte[] body = args[0].getBytes(StandardCharsets.UTF_8);
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/", (exchange) -> {
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		logger.info("port=" + server.getAddress().getPort());
	}

}
