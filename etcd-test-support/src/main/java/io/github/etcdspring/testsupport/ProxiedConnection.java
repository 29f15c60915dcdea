package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A connection through the proxy: the client's socket and the socket to the target.
 */
final class ProxiedConnection {

	private static final long JOIN_MILLIS = 5000;

	private final Socket client;

	private final Socket server = new Socket();

	private final InetSocketAddress target;

	private final NetworkConditions conditions;

	private final Consumer<ProxiedConnection> onEnd;

	private final List<Thread> threads = new ArrayList<>();

	private int openDirections = 2;

	private boolean ended;

	ProxiedConnection(Socket client, InetSocketAddress target, NetworkConditions conditions,
			Consumer<ProxiedConnection> onEnd) {
		this.client = client;
		this.target = target;
		this.conditions = conditions;
		this.onEnd = onEnd;
	}

	void open() {
		spawn(this::connect);
	}

	/**
	 * Closes both sockets with a TCP reset.
	 */
	void reset() {
		end(true);
	}

	void join() throws InterruptedException {
		for (Thread thread : threads()) {
			thread.join(JOIN_MILLIS);
		}
	}

	private void connect() throws IOException, InterruptedException {
		this.conditions.awaitPassage();
		this.server.connect(this.target);
		this.server.setTcpNoDelay(true);
		this.client.setTcpNoDelay(true);
		pump(new TcpForwarder(this.client, this.server, this.conditions, false));
		pump(new TcpForwarder(this.server, this.client, this.conditions, true));
	}

	private void pump(TcpForwarder pipe) {
		spawn(pipe::receive);
		spawn(() -> {
			pipe.send();
			directionEnded();
		});
	}

	private synchronized void directionEnded() {
		this.openDirections--;
		if (this.openDirections == 0) {
			end(false);
		}
	}

	private synchronized void spawn(Step step) {
		if (this.ended) {
			return;
		}
		Thread thread = new Thread(() -> run(step), "tcp-proxy-to-" + this.target.getPort());
		thread.setDaemon(true);
		this.threads.add(thread);
		thread.start();
	}

	private void run(Step step) {
		try {
			step.run();
		}
		catch (IOException ex) {
			// A failure of one socket resets both.
			reset();
		}
		catch (InterruptedException ex) {
			// The connection has ended.
		}
	}

	private synchronized List<Thread> threads() {
		return List.copyOf(this.threads);
	}

	private synchronized void end(boolean reset) {
		if (this.ended) {
			return;
		}
		this.ended = true;
		close(this.client, reset);
		close(this.server, reset);
		this.threads.forEach(Thread::interrupt);
		this.onEnd.accept(this);
	}

	private static void close(Socket socket, boolean reset) {
		try (socket) {
			if (reset) {
				socket.setSoLinger(true, 0);
			}
		}
		catch (IOException ex) {
			// The socket is closed anyway.
		}
	}

	/**
	 * The task of one thread of the connection.
	 */
	private interface Step {

		void run() throws IOException, InterruptedException;

	}

}
