package io.github.etcdspring.benchmarks.load;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

import io.github.etcdspring.benchmarks.Application;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Provider process that starts and stops instances on command.
 */
public final class CallsProvider {

	static final String SERVICE = "provider";

	private CallsProvider() {
	}

	public static void main(String[] arguments) throws Exception {
		Map<String, ConfigurableApplicationContext> running = new HashMap<>();
		try (BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			for (String question = questions.readLine(); question != null; question = questions.readLine()) {
				if (question.equals("start")) {
					ConfigurableApplicationContext context = Application.run(Endpoint.class, arguments[0], SERVICE);
					String port = context.getEnvironment().getRequiredProperty("local.server.port");
					running.put(port, context);
					ChildProcess.answer(port);
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

	/**
	 * The called endpoint.
	 */
	@RestController
	static class Endpoint {

		@GetMapping("/call")
		String call() {
			return "called";
		}

	}

}
