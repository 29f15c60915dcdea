package io.github.etcdspring.compatibility;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;

/**
 * An instance in a process of its own, so that it can be killed. It answers with the
 * length of the request's body.
 */
final class HttpInstance implements AutoCloseable {

	private final Process process;

	private final int port;

	private HttpInstance(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	static HttpInstance start() throws IOException {
		Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-XX:+UseSerialGC",
				"-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp",
				HttpInstance.class.getProtectionDomain().getCodeSource().getLocation().getPath(),
				HttpInstance.class.getName())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		BufferedReader output = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		return new HttpInstance(process, Integer.parseInt(output.readLine()));
	}

	public static void main(String[] arguments) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/", (exchange) -> {
			byte[] answer = String.valueOf(exchange.getRequestBody().readAllBytes().length)
				.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, answer.length);
			exchange.getResponseBody().write(answer);
			exchange.close();
		});
		server.start();
		System.out.println(server.getAddress().getPort());
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
