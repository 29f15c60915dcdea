package io.github.etcdspring.benchmarks.load;

import java.util.ArrayList;
import java.util.List;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * A web application with nothing of its own.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class LoadApplication {

	static ConfigurableApplicationContext run(String endpoint, String name, String... arguments) {
		return run(LoadApplication.class, endpoint, name, arguments);
	}

	static ConfigurableApplicationContext run(Class<?> source, String endpoint, String name, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.port=0", "--logging.level.root=error",
				"--spring.main.banner-mode=off", "--spring.application.name=" + name,
				"--spring.cloud.etcd.endpoints=" + endpoint, "--spring.cloud.etcd.discovery.ip-address=127.0.0.1"));
		all.addAll(List.of(arguments));
		return SpringApplication.run(new Class<?>[] { LoadApplication.class, source }, all.toArray(String[]::new));
	}

}
