package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A listening port whose queue of connections is full: the kernel drops the packets of
 * further connections, as on a network that is cut.
 */
final class FullBacklog implements AutoCloseable {

	private static final int FILL_MILLIS = 100;

	private final List<Socket> queue = new ArrayList<>();

	private final ServerSocket listener;

	FullBacklog(int port) {
		try {
			this.listener = new ServerSocket();
			this.listener.setReuseAddress(true);
			this.listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 1);
			fill();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void fill() throws IOException {
		while (true) {
			Socket socket = new Socket();
			this.queue.add(socket);
			try {
				socket.connect(this.listener.getLocalSocketAddress(), FILL_MILLIS);
			}
			catch (SocketTimeoutException ex) {
				return;
			}
		}
	}

	@Override
	public void close() {
		try {
			for (Socket socket : this.queue) {
				socket.close();
			}
			this.listener.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
