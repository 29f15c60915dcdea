package io.github.etcdspring.sample.gateway;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the gateway with routes to all services, of which it follows those that are
 * called.
 */
class GatewayCalledServicesIntegrationTests {

	@Test
	void routesToAllServicesAndFollowsThoseThatAreCalled() {
		try (EtcdServer etcd = EtcdServer.start();
				MinimalProvider greeting = MinimalProvider.start(etcd, "greeting", "one");
				MinimalProvider orders = MinimalProvider.start(etcd, "orders", "one");
				ConfigurableApplicationContext gateway = SpringApplication.run(GatewayApplication.class,
						"--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
						"--spring.cloud.etcd.discovery.ip-address=127.0.0.1",
						"--spring.cloud.etcd.discovery.follow=called")) {
			await().atMost(Duration.ofSeconds(20))
				.untilAsserted(() -> assertThat(routes(gateway)).contains("service-greeting", "service-orders"));
			assertThat(watched(gateway)).isEmpty();
			RestClient client = RestClient
				.create("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port"));
			assertThat(client.get().uri("/greeting/greeting").retrieve().body(String.class)).contains("one");
			assertThat(watched(gateway)).containsExactly("/services/greeting/");
		}
	}

	private static List<String> routes(ConfigurableApplicationContext gateway) {
		return gateway.getBean(RouteLocator.class)
			.getRoutes()
			.map(Route::getId)
			.map((id) -> id.replace("ReactiveCompositeDiscoveryClient_", ""))
			.collectList()
			.block(Duration.ofSeconds(5));
	}

	private static List<String> watched(ConfigurableApplicationContext gateway) {
		return gateway.getBean(ServiceCatalog.class)
			.watches()
			.stream()
			.map(MirrorReport::keys)
			.flatMap(List::stream)
			.toList();
	}

}
