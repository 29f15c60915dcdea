package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * What the consumer of the demo is started with, besides what all applications are: it
 * lets its board change the configuration, and so listens to this machine only.
 */
final class ConsumerOptions {

	/** An address that stays from one demo to the next, where it can be had. */
	private static final int PREFERRED_PORT = 8080;

	private ConsumerOptions() {
	}

	static List<String> list() {
		return List.of("--server.address=127.0.0.1", "--server.port=" + port(), "--board.editing=true");
	}

	/** The preferred port if it is free, else any. */
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
