package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.springframework.util.FileSystemUtils;

/**
 * The server of another registry in a separate process, on a free port of the loopback
 * address.
 */
final class PeerServer implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofMinutes(1);

	private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

	private final Path home;

	private final int port;

	private final Process process;

	private final Probe registered;

	private PeerServer(Path home, int port, Process process, Probe registered) {
		this.home = home;
		this.port = port;
		this.process = process;
		this.registered = registered;
		Runtime.getRuntime().addShutdownHook(new Thread(this::close, "peer-close"));
	}

	static PeerServer zookeeper(Path jar, String service) throws IOException, InterruptedException {
		Path home = Files.createTempDirectory("zookeeper-");
		int port = freePort();
		Path configuration = Files.write(home.resolve("zoo.cfg"),
				List.of("dataDir=" + home.resolve("data"), "clientPortAddress=127.0.0.1", "clientPort=" + port,
						// would listen on all addresses
						"admin.enableServer=false",
						// dump lists the nodes of sessions
						"4lw.commands.whitelist=dump,srvr"));
		PeerServer server = start(home, port, jar, configuration.toString(),
				new Probe("dump", "/services/" + service + "/"));
		server.await(new Probe("srvr", "Mode: standalone"));
		return server;
	}

	static PeerServer eureka(Path jar, String service) throws IOException, InterruptedException {
		Path home = Files.createTempDirectory("eureka-");
		int port = freePort();
		PeerServer server = start(home, port, jar, "--server.port=" + port,
				Probe.get("/eureka/apps/" + service, "<status>UP</status>"));
		server.await(Probe.get("/eureka/apps", "<applications>"));
		return server;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, loopback())) {
			return socket.getLocalPort();
		}
	}

	private static InetAddress loopback() throws IOException {
		return InetAddress.getByName("127.0.0.1");
	}

	private static PeerServer start(Path home, int port, Path jar, String argument, Probe registered)
			throws IOException {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				// takes no processor from the applications once it has started
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-jar", jar.toString(), argument)
			.redirectErrorStream(true)
			.redirectOutput(home.resolve("log").toFile())
			.start();
		return new PeerServer(home, port, process, registered);
	}

	String address() {
		return "127.0.0.1:" + this.port;
	}

	/** Otherwise the figures would be those of an application that does less. */
	void awaitRegistration() throws IOException, InterruptedException {
		await(this.registered);
	}

	private void await(Probe probe) throws IOException, InterruptedException {
		long limit = System.nanoTime() + LIMIT.toNanos();
		// an open port is not enough: a server may open it before it is ready
		while (!ask(probe.question()).contains(probe.answer())) {
			if (!this.process.isAlive() || System.nanoTime() - limit > 0) {
				String log = Files.readString(this.home.resolve("log"));
				close();
				throw new IllegalStateException("Got no " + probe.answer() + " from this server:\n" + log);
			}
			Thread.sleep(100);
		}
	}

	private String ask(String question) {
		try (Socket socket = new Socket(loopback(), this.port)) {
			socket.setSoTimeout((int) STOP_LIMIT.toMillis());
			socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			return "";
		}
	}

	@Override
	public void close() {
		this.process.destroy();
		try {
			if (!this.process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
				this.process.destroyForcibly().waitFor();
			}
			FileSystemUtils.deleteRecursively(this.home);
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A question, and a part of the answer that is expected to it.
	 */
	private record Probe(String question, String answer) {

		static Probe get(String path, String answer) {
			return new Probe("GET " + path + " HTTP/1.0\r\nAccept: application/xml\r\n\r\n", answer);
		}

	}

}
