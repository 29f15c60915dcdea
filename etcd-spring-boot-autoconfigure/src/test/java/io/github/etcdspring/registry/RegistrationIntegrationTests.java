package io.github.etcdspring.registry;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class RegistrationIntegrationTests {

	private static EtcdServer etcd;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	private static ConfigurableApplicationContext application(String name, String... properties) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.SERVLET)
			.properties("spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.application.name=" + name,
					"server.port=0", "spring.cloud.etcd.discovery.drain=100ms")
			.properties(properties)
			.run();
	}

	@Test
	void isRegisteredAndSeenByOthers() {
		try (ConfigurableApplicationContext orders = application("orders");
				ConfigurableApplicationContext shop = application("shop")) {
			DiscoveryClient client = shop.getBean(DiscoveryClient.class);
			await().atMost(Duration.ofSeconds(10)).until(() -> client.getInstances("orders").size() == 1);
			orders.close();
			await().atMost(Duration.ofSeconds(10)).until(() -> client.getInstances("orders").isEmpty());
		}
		assertThat(etcd.etcdctl("get", "--prefix", "/services")).isBlank();
		assertThat(etcd.etcdctl("lease", "list")).startsWith("found 0 leases");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
