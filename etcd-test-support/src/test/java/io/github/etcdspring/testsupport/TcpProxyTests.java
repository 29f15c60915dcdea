package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link TcpProxy} in front of an echo server.
 */
class TcpProxyTests {

	private static final int TIMEOUT_MILLIS = 10_000;

	private final List<Socket> sockets = new ArrayList<>();

	private ServerSocket echo;

	private Thread acceptor;

	private TcpProxy proxy;

	@BeforeEach
	void open() throws IOException {
		this.echo = FreePort.listen();
		this.acceptor = new Thread(this::acceptAll, "echo");
		this.acceptor.start();
		this.proxy = TcpProxy.to(this.echo.getLocalPort());
	}

	@AfterEach
	void close() throws Exception {
		this.proxy.close();
		closeEcho();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	@Test
	void forwardsInBothDirections() throws IOException {
		Socket socket = connect();
		byte[] bytes = new byte[1_000_000];
		bytes[999_999] = 42;
		Thread writer = new Thread(() -> write(socket, bytes));
		writer.start();
		assertThat(socket.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
	}

	@Test
	void endOfOneDirectionLeavesTheOtherOpen() throws IOException {
		Socket socket = connect();
		write(socket, new byte[] { 1, 2, 3 });
		socket.shutdownOutput();
		assertThat(socket.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
		await().until(() -> this.proxy.connections() == 0);
	}

	@Test
	void cutResetsOpenConnectionsOnly() throws IOException {
		Socket standing = connect();
		assertEcho(standing, 1);
		this.proxy.cut();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> standing.getInputStream().read())
			.withMessageContaining("reset");
		assertThat(this.proxy.connections()).isZero();
		assertEcho(connect(), 2);
	}

	@Test
	void dropsPacketsUntilItIsRestored() throws IOException {
		Socket standing = connect();
		assertEcho(standing, 1);
		this.proxy.drop();
		InetSocketAddress address = new InetSocketAddress("127.0.0.1", this.proxy.port());
		try (Socket socket = new Socket()) {
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> socket.connect(address, 300))
				.withMessageContaining("onnect timed out");
		}
		write(standing, new byte[] { 2 });
		standing.setSoTimeout(300);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> standing.getInputStream().read());
		this.proxy.restore();
		standing.setSoTimeout(TIMEOUT_MILLIS);
		assertThat(standing.getInputStream().read()).isEqualTo(2);
		assertEcho(connect(), 3);
	}

	@Test
	void refusesNewConnectionsUntilItAcceptsAgain() throws IOException {
		Socket standing = connect();
		assertEcho(standing, 1);
		this.proxy.refuse();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		assertEcho(standing, 2);
		this.proxy.accept();
		assertEcho(connect(), 3);
	}

	@Test
	void resetsConnectionsThatTheTargetRefuses() throws Exception {
		closeEcho();
		Socket socket = connect();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> socket.getInputStream().read());
	}

	@Test
	void blackholeHoldsBytesBack() throws IOException {
		Socket standing = connect();
		assertEcho(standing, 1);
		this.proxy.blackhole(true);
		Socket fresh = connect();
		write(standing, new byte[] { 2 });
		write(fresh, new byte[] { 3 });
		assertSilence(standing);
		assertSilence(fresh);
		this.proxy.blackhole(false);
		assertThat(standing.getInputStream().read()).isEqualTo(2);
		assertThat(fresh.getInputStream().read()).isEqualTo(3);
	}

	@Test
	void cutEndsConnectionsInABlackhole() throws IOException {
		Socket standing = connect();
		assertEcho(standing, 1);
		this.proxy.blackhole(true);
		write(standing, new byte[] { 2 });
		this.proxy.cut();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> standing.getInputStream().read());
	}

	@Test
	void delaysEachDirection() throws IOException {
		Socket socket = connect();
		assertEcho(socket, 1);
		this.proxy.delay(Duration.ofMillis(100));
		long start = System.nanoTime();
		assertEcho(socket, 2);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(200),
				Duration.ofSeconds(5));
		this.proxy.delay(Duration.ZERO);
		assertEcho(socket, 3);
	}

	@Test
	void throttlesEachConnection() throws IOException {
		Socket one = connect();
		Socket other = connect();
		assertEcho(one, 1);
		assertEcho(other, 2);
		this.proxy.throttle(20_000);
		long start = System.nanoTime();
		write(one, new byte[10_000]);
		write(other, new byte[10_000]);
		assertThat(one.getInputStream().readNBytes(10_000)).hasSize(10_000);
		assertThat(other.getInputStream().readNBytes(10_000)).hasSize(10_000);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(400),
				Duration.ofSeconds(5));
		this.proxy.throttle(0);
		assertEcho(one, 3);
	}

	@Test
	void resetsOneConnectionInTheMiddleOfAnAnswer() throws IOException {
		Socket reset = connect();
		Socket other = connect();
		assertEcho(reset, 1);
		assertEcho(other, 2);
		this.proxy.resetAfter(50_000);
		write(reset, new byte[60_000]);
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> reset.getInputStream().readNBytes(50_001))
			.withMessageContaining("reset");
		assertEcho(other, 3);
		write(other, new byte[60_000]);
		assertThat(other.getInputStream().readNBytes(60_000)).hasSize(60_000);
	}

	@Test
	void strandSilencesOpenConnectionsOnly() throws IOException {
		Socket stranded = connect();
		assertEcho(stranded, 1);
		this.proxy.strand();
		write(stranded, new byte[] { 2 });
		assertSilence(stranded);
		assertEcho(connect(), 3);
		this.proxy.blackhole(false);
		assertSilence(stranded);
		this.proxy.cut();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> stranded.getInputStream().read());
	}

	@Test
	void closedProxyLeavesNoThread() throws IOException {
		assertEcho(connect(), 1);
		this.proxy.blackhole(true);
		connect();
		assertThat(proxyThreads()).isNotEmpty();
		this.proxy.close();
		assertThat(proxyThreads()).isEmpty();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
	}

	private List<String> proxyThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("tcp-proxy"))
			.toList();
	}

	private Socket connect() throws IOException {
		Socket socket = new Socket("127.0.0.1", this.proxy.port());
		socket.setSoTimeout(TIMEOUT_MILLIS);
		this.sockets.add(socket);
		return socket;
	}

	private void assertEcho(Socket socket, int value) throws IOException {
		write(socket, new byte[] { (byte) value });
		assertThat(socket.getInputStream().read()).isEqualTo(value);
	}

	private void assertSilence(Socket socket) throws IOException {
		socket.setSoTimeout(200);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> socket.getInputStream().read());
		socket.setSoTimeout(TIMEOUT_MILLIS);
	}

	private void closeEcho() throws IOException, InterruptedException {
		this.echo.close();
		// A waiting accept may still return a connection.
		this.acceptor.join();
	}

	private void acceptAll() {
		try {
			while (true) {
				Socket socket = this.echo.accept();
				new Thread(() -> sendBack(socket), "echo").start();
			}
		}
		catch (IOException ex) {
			// The test has ended.
		}
	}

	private static void sendBack(Socket socket) {
		try (socket) {
			socket.getInputStream().transferTo(socket.getOutputStream());
		}
		catch (IOException ex) {
			// The connection has been reset.
		}
	}

	private static void write(Socket socket, byte[] bytes) {
		try {
			socket.getOutputStream().write(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
