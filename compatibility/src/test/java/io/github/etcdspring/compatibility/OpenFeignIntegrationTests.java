package io.github.etcdspring.compatibility;

import java.time.Duration;

import feign.RetryableException;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Spring Cloud OpenFeign: calls services in etcd, and follows changed timeouts and URLs.
 */
class OpenFeignIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String CONFIG = "/config/shop/spring/cloud/openfeign/client/config/";

	@Test
	void callsServicesInEtcd() {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		OrdersClient client = shop().getBean(OrdersClient.class);
		await().atMost(SOON).ignoreExceptions().until(() -> client.orders().equals("orders"));
	}

	@Test
	void followsTimeouts() {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		OrdersClient client = shop().getBean(OrdersClient.class);
		await().atMost(SOON).ignoreExceptions().until(() -> client.slow().equals("slow"));
		put(CONFIG + "orders/read-timeout", "100");
		await().atMost(SOON)
			.untilAsserted(() -> assertThatExceptionOfType(RetryableException.class).isThrownBy(client::slow));
		put(CONFIG + "orders/read-timeout", "5000");
		await().atMost(SOON).ignoreExceptions().until(() -> client.slow().equals("slow"));
	}

	@Test
	void followsUrls() {
		ConfigurableApplicationContext first = start(Orders.class, "first", WebApplicationType.SERVLET);
		put(CONFIG + "elsewhere/url", "http://127.0.0.1:1");
		ElsewhereClient client = shop().getBean(ElsewhereClient.class);
		assertThatExceptionOfType(RetryableException.class).isThrownBy(client::orders);
		put(CONFIG + "elsewhere/url", "http://127.0.0.1:" + first.getEnvironment().getProperty("local.server.port"));
		await().atMost(SOON).ignoreExceptions().until(() -> client.orders().equals("orders"));
	}

	private ConfigurableApplicationContext shop() {
		return start(Shop.class, "shop", WebApplicationType.NONE, "spring.cloud.openfeign.client.refresh-enabled=true",
				"spring.cloud.etcd.discovery.register=false");
	}

	@FeignClient("orders")
	interface OrdersClient {

		@GetMapping("/orders")
		String orders();

		@GetMapping("/slow")
		String slow();

	}

	@FeignClient("elsewhere")
	interface ElsewhereClient {

		@GetMapping("/orders")
		String orders();

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableFeignClients(clients = { OrdersClient.class, ElsewhereClient.class })
	static class Shop {

	}

}
