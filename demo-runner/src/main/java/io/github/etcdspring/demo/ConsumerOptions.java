package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * Additional command line options of the consumer. Its board requires no login, therefore
 * it listens on the loopback address only.
 */
final class ConsumerOptions {

	/** Used if it is free, so that the address stays the same between runs. */
	private static final int PREFERRED_PORT = 8080;

	private ConsumerOptions() {
	}

	static List<String> list() {
		return List.of("--server.address=127.0.0.1", "--server.port=" + port());
	}

	/** Returns 0, for any free port, if the preferred one is in use. */
	private static int port() {
		try (ServerSocket socket = new ServerSocket()) {
			socket.setReuseAddress(true);
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), PREFERRED_PORT));
			return PREFERRED_PORT;
		}
		catch (IOException ex) {
			return 0;
		}
	}

}
