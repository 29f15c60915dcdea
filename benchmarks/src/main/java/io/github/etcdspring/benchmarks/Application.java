package io.github.etcdspring.benchmarks;

import java.util.ArrayList;
import java.util.List;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * A minimal web application.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Application {

	/**
	 * Start the application.
	 * @param endpoint endpoint of etcd
	 * @param name name of the application
	 * @param arguments further arguments
	 * @return its context
	 */
	public static ConfigurableApplicationContext run(String endpoint, String name, String... arguments) {
		return run(Application.class, endpoint, name, arguments);
	}

	/**
	 * Start the application with additional configuration.
	 * @param source configuration class
	 * @param endpoint endpoint of etcd
	 * @param name name of the application
	 * @param arguments further arguments
	 * @return its context
	 */
	public static ConfigurableApplicationContext run(Class<?> source, String endpoint, String name,
			String... arguments) {
		return run(List.of(source), endpoint, name, arguments);
	}

	static ConfigurableApplicationContext run(List<Class<?>> sources, String endpoint, String name,
			String... arguments) {
		List<Class<?>> classes = new ArrayList<>(sources);
		classes.add(Application.class);
		List<String> all = new ArrayList<>(List.of("--logging.level.root=error", "--spring.main.banner-mode=off",
				"--spring.application.name=" + name, "--spring.cloud.etcd.endpoints=" + endpoint,
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1"));
		all.addAll(List.of(arguments));
		if (all.stream().noneMatch((argument) -> argument.startsWith("--server.port="))) {
			all.add("--server.port=0");
		}
		return SpringApplication.run(classes.toArray(Class<?>[]::new), all.toArray(String[]::new));
	}

}
