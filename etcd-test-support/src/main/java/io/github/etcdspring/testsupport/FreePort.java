package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port of the loopback address that nobody listens on.
 */
final class FreePort {

	// Below the range that systems take outgoing connections' ports from: a server that
	// is down for a while must find its port free when it comes back.
	private static final int LOWEST = 15_000;

	private static final int HIGHEST = 32_000;

	private static final int ATTEMPTS = 100;

	private FreePort() {
	}

	static int find() {
		try (ServerSocket socket = listen()) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static ServerSocket listen() throws IOException {
		for (int attempt = 1;; attempt++) {
			try {
				return listen(ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST));
			}
			catch (BindException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	static ServerSocket listen(int port) throws IOException {
		ServerSocket socket = new ServerSocket();
		try {
			socket.setReuseAddress(true);
			socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
			return socket;
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

}
