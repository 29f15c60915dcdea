package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds free ports of the loopback address. The port of a stopped server must still be
 * free when the server restarts, although other JVMs look for ports concurrently. Each
 * JVM therefore reserves a block of ports and uses them in rotation.
 */
final class FreePort {

	// Below the ephemeral port range
	private static final int LOWEST = 15_000;

	private static final int BLOCKS = 17;

	private static final int BLOCK_SIZE = 1_000;

	private static final FreePort PORTS = new FreePort();

	/** Reserves the block by listening on its first port until the JVM exits. */
	private final ServerSocket block;

	private int next;

	private FreePort() {
		try {
			this.block = takeBlock();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
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
		return PORTS.listenOnNext();
	}

	private synchronized ServerSocket listenOnNext() throws IOException {
		for (int attempt = 1;; attempt++) {
			this.next = this.next % (BLOCK_SIZE - 1) + 1;
			try {
				return listen(this.block.getLocalPort() + this.next);
			}
			catch (BindException ex) {
				if (attempt == BLOCK_SIZE) {
					throw ex;
				}
			}
		}
	}

	private static ServerSocket takeBlock() throws IOException {
		int first = ThreadLocalRandom.current().nextInt(BLOCKS);
		for (int attempt = 1;; attempt++) {
			try {
				return listen(LOWEST + (first + attempt) % BLOCKS * BLOCK_SIZE);
			}
			catch (BindException ex) {
				if (attempt == BLOCKS) {
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
