package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;

import static org.awaitility.Awaitility.await;

/**
 * An instance in a process of its own, so that it can be killed. It answers with the
 * length of the request's body.
 */
public final class HttpInstance implements AutoCloseable {

	private final Process process;

	private final int port;

	private HttpInstance(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	static HttpInstance start() throws IOException {
		int port;
		try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = unused.getLocalPort();
		}
		Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-XX:+UseSerialGC",
				"-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp",
				HttpInstance.class.getProtectionDomain().getCodeSource().getLocation().getPath(),
				HttpInstance.class.getName(), String.valueOf(port))
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		HttpInstance instance = new HttpInstance(process, port);
		await().atMost(Duration.ofSeconds(30)).until(instance::accepts);
		return instance;
	}

	private boolean accepts() {
		try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			return connection.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	public static void main(String[] arguments) throws IOException {
		HttpServer server = HttpServer
			.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 100);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/", (exchange) -> {
			byte[] answer = String.valueOf(exchange.getRequestBody().readAllBytes().length)
				.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, answer.length);
			exchange.getResponseBody().write(answer);
			exchange.close();
		});
		server.start();
	}

	String address() {
		return "127.0.0.1:" + this.port;
	}

	/** Kill the process with SIGKILL. */
	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
