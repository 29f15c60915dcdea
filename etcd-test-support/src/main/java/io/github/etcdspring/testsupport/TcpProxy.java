package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on the loopback address that injects network faults.
 */
public final class TcpProxy implements AutoCloseable {

	private volatile InetSocketAddress target;

	private final int port;

	private volatile NetworkConditions conditions = new NetworkConditions();

	private final Set<ProxiedConnection> links = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	private ServerSocket listener;

	private Thread acceptor;

	private @Nullable FullBacklog dropped;

	private TcpProxy(InetSocketAddress target, ServerSocket listener) {
		this.target = target;
		this.port = listener.getLocalPort();
		this.listener = listener;
		this.acceptor = acceptor(listener);
	}

	/**
	 * Opens a proxy on a free port.
	 * @param targetPort the port to forward to
	 * @return the proxy
	 */
	public static TcpProxy to(int targetPort) {
		return to(new InetSocketAddress("127.0.0.1", targetPort));
	}

	/**
	 * Opens a proxy on a free port.
	 * @param target the address to forward to
	 * @return the proxy
	 */
	public static TcpProxy to(InetSocketAddress target) {
		try {
			return new TcpProxy(target, FreePort.listen());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Forwards new connections to another address. Open ones are not affected.
	 * @param target the address to forward to
	 */
	public void redirect(InetSocketAddress target) {
		this.target = target;
	}

	/**
	 * Returns the port of the proxy.
	 * @return the port
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Returns the number of open connections.
	 * @return the number of connections
	 */
	public int connections() {
		return this.links.size();
	}

	/**
	 * Returns the number of connections accepted so far.
	 * @return the number of connections
	 */
	public int accepted() {
		return this.accepted.get();
	}

	/**
	 * Resets all open connections; new ones are accepted.
	 */
	public void cut() {
		this.links.forEach(ProxiedConnection::reset);
	}

	/**
	 * Refuses new connections; open ones stay open.
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
	 * Holds back all bytes in both directions, while connections stay open and new ones
	 * are accepted. Bytes held back are delivered when switched off.
	 * @param blackhole whether bytes are held back
	 */
	public void blackhole(boolean blackhole) {
		this.conditions.blackhole(blackhole);
	}

	/**
	 * Drops all packets, as if the cable were unplugged: attempts to connect time out,
	 * and all bytes on open connections are held back. {@link #restore()} ends it.
	 */
	public synchronized void drop() {
		this.conditions.blackhole(true);
		refuse();
		this.dropped = new FullBacklog(this.port);
	}

	/**
	 * Ends {@link #drop()}. Bytes held back are delivered.
	 */
	public synchronized void restore() {
		FullBacklog former = this.dropped;
		if (former != null) {
			former.close();
			this.dropped = null;
			this.conditions.blackhole(false);
			accept();
		}
	}

	/**
	 * Delays bytes in each direction.
	 * @param delay the delay
	 */
	public void delay(Duration delay) {
		this.conditions.delay(delay);
	}

	/**
	 * Limits the throughput of each connection and direction.
	 * @param bytesPerSecond bytes per second, 0 for unlimited
	 */
	public void throttle(int bytesPerSecond) {
		this.conditions.throughput(bytesPerSecond);
	}

	/**
	 * Resets a connection in the middle of a response: the one that exceeds a number of
	 * further bytes from the target, counted over all connections.
	 * @param bytes the number of bytes until the reset
	 */
	public void resetAfter(long bytes) {
		this.conditions.allowance(bytes);
	}

	/**
	 * Holds back all bytes on the open connections permanently, as a firewall that drops
	 * them silently; new connections are not affected.
	 */
	public void strand() {
		NetworkConditions former = this.conditions;
		this.conditions = new NetworkConditions();
		former.blackhole(true);
	}

	/**
	 * Refuses new connections, resets open ones and waits for the end of all threads.
	 */
	@Override
	public void close() {
		restore();
		refuse();
		List<ProxiedConnection> standing = List.copyOf(this.links);
		cut();
		try {
			for (ProxiedConnection link : standing) {
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
			// The listener was closed.
		}
	}

	private void open(Socket client) {
		ProxiedConnection link = new ProxiedConnection(client, this.target, this.conditions, this.links::remove);
		this.links.add(link);
		this.accepted.incrementAndGet();
		link.open();
	}

}
