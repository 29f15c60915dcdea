package io.github.etcdspring.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.testsupport.TcpProxy;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Provider process that starts and stops instances on command, and drops the packets of
 * one.
 */
public final class CallsProvider {

	static final String SERVICE = "provider";

	static final String PATH = "/call";

	static final String ANSWER = "called";

	private CallsProvider() {
	}

	public static void main(String[] arguments) throws Exception {
		Map<String, ConfigurableApplicationContext> running = new HashMap<>();
		TcpProxy proxy = null;
		try (BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			for (String question = questions.readLine(); question != null; question = questions.readLine()) {
				if (question.equals("start")) {
					ConfigurableApplicationContext context = Application.run(Endpoint.class, arguments[0], SERVICE);
					String port = context.getEnvironment().getRequiredProperty("local.server.port");
					running.put(port, context);
					ChildProcess.answer(port);
				}
				else if (question.equals("start behind proxy")) {
					int port = freePort();
					proxy = TcpProxy.to(port);
					Application.run(Endpoint.class, arguments[0], SERVICE, "--server.port=" + port,
							"--spring.cloud.etcd.discovery.port=" + proxy.port());
					ChildProcess.answer(proxy.port());
				}
				else if (proxy != null && question.equals("drop")) {
					proxy.drop();
					ChildProcess.answer("dropped");
				}
				else if (proxy != null && question.equals("restore")) {
					proxy.restore();
					ChildProcess.answer("restored");
				}
				else {
					ConfigurableApplicationContext context = running.remove(question);
					if (context != null) {
						context.close();
					}
					ChildProcess.answer("stopped");
				}
			}
		}
		System.exit(0);
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	/**
	 * The called endpoint.
	 */
	@RestController
	static class Endpoint {

		@GetMapping(PATH)
		String call() {
			return ANSWER;
		}

	}

}
