package io.github.etcdspring.compatibility;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.devtools.restart.Restarter;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that DevTools restarts, for use in a separate process.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
@RestController
public class Restarted {

	@Value("${greeting}")
	private String greeting;

	public static void main(String[] arguments) {
		SpringApplication.run(Restarted.class, arguments);
	}

	@GetMapping("/state")
	Map<String, Object> state() {
		List<String> threads = threads().map(Thread::getName)
			.filter((name) -> name.startsWith("etcd-"))
			.sorted()
			.toList();
		return Map.of("greeting", this.greeting, "threads", threads, "loader",
				getClass().getClassLoader().getClass().getSimpleName());
	}

	@GetMapping("/restart")
	void restart() {
		new Thread(() -> Restarter.getInstance().restart()).start();
	}

	private static Stream<Thread> threads() {
		return Thread.getAllStackTraces().keySet().stream();
	}

}
