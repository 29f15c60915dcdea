package io.github.etcdspring.config;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.env.Environment;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@code /actuator/refresh} with a watched configuration.
 */
class RefreshEndpointIntegrationTests {

	@Test
	void refreshOverHttpChangesNothing() {
		try (EtcdServer etcd = EtcdServer.start(); TestConnection connection = TestConnection.to(etcd.endpoint())) {
			connection.put("/config/orders/greeting", "hello");
			try (ConfigurableApplicationContext context = Applications.servlet(etcd, "orders", Greeted.class)
				.run("--spring.config.import=etcd:", "--management.endpoints.web.exposure.include=refresh",
						"--spring.cloud.etcd.discovery.enabled=false")) {
				Greeting greeting = context.getBean(Greeting.class);
				assertThat(greeting.text()).isEqualTo("hello");
				connection.put("/config/orders/greeting", "changed");
				await().atMost(Duration.ofSeconds(5)).until(() -> "changed".equals(greeting.text()));
				RestClient client = client(context);
				assertThat(refresh(client)).isEmpty();
				assertThat(greeting.text()).isEqualTo("changed");
				connection.put("/config/orders/greeting", "after");
				await().atMost(Duration.ofSeconds(5)).until(() -> "after".equals(greeting.text()));
			}
		}
	}

	private static RestClient client(ConfigurableApplicationContext context) {
		int port = ((ServletWebServerApplicationContext) context).getWebServer().getPort();
		return RestClient.create("http://127.0.0.1:" + port);
	}

	private static List<String> refresh(RestClient client) {
		return client.post().uri("/actuator/refresh").retrieve().body(new ParameterizedTypeReference<List<String>>() {
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Greeted {

		@Bean
		@RefreshScope
		Greeting greeting(Environment environment) {
			return new Greeting(environment.getProperty("greeting"));
		}

	}

	static class Greeting {

		private final String text;

		Greeting(String text) {
			this.text = text;
		}

		String text() {
			return this.text;
		}

	}

}
