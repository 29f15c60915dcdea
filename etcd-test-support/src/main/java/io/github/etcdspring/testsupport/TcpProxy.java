package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port of the loopback address that leads to another one, and the faults that may
 * befall the network between the two.
 */
public final class TcpProxy implements AutoCloseable {

	private final int targetPort;

	private final int port;

	private volatile NetworkConditions conditions = new NetworkConditions();

	private final Set<TcpLink> links = ConcurrentHashMap.newKeySet();

	private ServerSocket listener;

	private Thread acceptor;

	private TcpProxy(int targetPort, ServerSocket listener) {
		this.targetPort = targetPort;
		this.port = listener.getLocalPort();
		this.listener = listener;
		this.acceptor = acceptor(listener);
	}

	/**
	 * Opens a proxy on a free port.
	 * @param targetPort the port it leads to
	 * @return the proxy
	 */
	public static TcpProxy to(int targetPort) {
		try {
			return new TcpProxy(targetPort, FreePort.listen());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the port that clients use.
	 * @return the port
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Returns how many connections stand.
	 * @return the number of connections
	 */
	public int connections() {
		return this.links.size();
	}

	/**
	 * Resets every connection; new ones are still accepted.
	 */
	public void cut() {
		this.links.forEach(TcpLink::reset);
	}

	/**
	 * Refuses new connections; the standing ones stay.
	 */
	public synchronized void refuse() {
		try {
			this.listener.close();
			this.acceptor.join();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Accepts new connections again, on the same port.
	 */
	public synchronized void accept() {
		if (this.listener.isClosed()) {
			try {
				this.listener = FreePort.listen(this.port);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
			this.acceptor = acceptor(this.listener);
		}
	}

	/**
	 * Holds back every byte in both directions, while the connections stay open and new
	 * ones seem to succeed; when switched off, what was held back arrives.
	 * @param blackhole whether bytes are held back
	 */
	public void blackhole(boolean blackhole) {
		this.conditions.blackhole(blackhole);
	}

	/**
	 * Lets every byte that is sent from now on arrive later, in each direction.
	 * @param delay how much later
	 */
	public void delay(Duration delay) {
		this.conditions.delay(delay);
	}

	/**
	 * Lets so many bytes a second through, on each connection and in each direction.
	 * @param bytesPerSecond how many, 0 for any number
	 */
	public void throttle(int bytesPerSecond) {
		this.conditions.throughput(bytesPerSecond);
	}

	/**
	 * Resets a connection in the middle of an answer: the one that is to carry a byte
	 * after so many more from the target, on whatever connection those come.
	 * @param bytes how many bytes still come
	 */
	public void resetAfter(long bytes) {
		this.conditions.allowance(bytes);
	}

	/**
	 * Holds back every byte on the connections that stand, for good; new ones are as
	 * usual.
	 */
	public void strand() {
		NetworkConditions former = this.conditions;
		this.conditions = new NetworkConditions();
		former.blackhole(true);
	}

	/**
	 * Refuses and resets everything, and waits for the end of all threads.
	 */
	@Override
	public void close() {
		refuse();
		List<TcpLink> standing = List.copyOf(this.links);
		cut();
		try {
			for (TcpLink link : standing) {
				link.join();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private Thread acceptor(ServerSocket listener) {
		Thread thread = new Thread(() -> acceptAll(listener), "tcp-proxy-" + this.port);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private void acceptAll(ServerSocket listener) {
		try {
			while (true) {
				open(listener.accept());
			}
		}
		catch (IOException ex) {
			// The listener has been closed.
		}
	}

	private void open(Socket client) {
		TcpLink link = new TcpLink(client, this.targetPort, this.conditions, this.links::remove);
		this.links.add(link);
		link.open();
	}

}
