package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Retries of Spring Cloud OpenFeign: no call fails because of an unreachable instance.
 */
class FeignRetryIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void unreachableInstanceCostsNoCall() throws IOException {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		put("/services/orders/dead", "127.0.0.1:" + unusedPort());
		ConfigurableApplicationContext shop = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false");
		OrdersClient client = shop.getBean(OrdersClient.class);
		DiscoveryClient discovery = shop.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances("orders").size() == 2);
		for (int i = 0; i < 20; i++) {
			assertThat(client.orders()).isEqualTo("orders");
		}
	}

	@Test
	void unreachableInstancesCostNoPostAlthoughSpringRetryIsOnTheClassPath() throws IOException {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		put("/services/orders/dead-1", "127.0.0.1:" + unusedPort());
		put("/services/orders/dead-2", "127.0.0.1:" + unusedPort());
		ConfigurableApplicationContext shop = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false");
		OrdersClient client = shop.getBean(OrdersClient.class);
		DiscoveryClient discovery = shop.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances("orders").size() == 3);
		for (int i = 0; i < 20; i++) {
			assertThat(client.order("book")).isEqualTo("book");
		}
	}

	private static int unusedPort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	@FeignClient("orders")
	interface OrdersClient {

		@GetMapping("/orders")
		String orders();

		@PostMapping("/orders")
		String order(@RequestBody String order);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
	@EnableFeignClients(clients = OrdersClient.class)
	static class Shop {

	}

}
