package io.github.etcdspring.compatibility;

import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Provides an etcd for the applications of a test, and closes both.
 */
abstract class AbstractCompatibilityTests {

	final EtcdServer etcd = EtcdServer.start();

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	@AfterEach
	void stop() {
		this.contexts.forEach(ConfigurableApplicationContext::close);
		this.etcd.close();
	}

	final void put(String key, String value) {
		this.etcd.etcdctl("put", key, value);
	}

	final void delete(String key) {
		this.etcd.etcdctl("del", key);
	}

	/** Ends an application that this test has not started. */
	final void closeAfterwards(ConfigurableApplicationContext context) {
		this.contexts.add(context);
	}

	final ConfigurableApplicationContext start(Class<?> application, String name, WebApplicationType type,
			String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--spring.application.name=" + name,
				"--spring.config.import=etcd:", "--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(),
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s",
				"--server.port=0", "--spring.main.banner-mode=off", "--spring.main.register-shutdown-hook=false"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		ConfigurableApplicationContext context = new SpringApplicationBuilder(application).web(type)
			.run(arguments.toArray(String[]::new));
		this.contexts.add(context);
		return context;
	}

}
