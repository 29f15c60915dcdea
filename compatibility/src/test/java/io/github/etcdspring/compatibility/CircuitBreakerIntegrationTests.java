package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.circuitbreaker.CircuitBreaker;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;
import org.springframework.cloud.client.circuitbreaker.httpservice.HttpServiceFallback;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.client.RestClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Resilience4j through Spring Cloud CircuitBreaker.
 */
class CircuitBreakerIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final String TIMEOUT = "/config/shop/resilience4j/timelimiter/configs/default/timeout-duration";

	@Test
	void circuitClosesWhenAnInstanceIsRegistered() {
		ConfigurableApplicationContext shop = shop();
		CircuitBreaker circuit = shop.getBean(CircuitBreakerFactory.class).create("orders");
		RestClient client = shop.getBean(RestClient.Builder.class).build();
		for (int i = 0; i < 3; i++) {
			assertThat(orders(circuit, client)).isEqualTo("fallback");
		}
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		await().atMost(SOON).until(() -> orders(circuit, client).equals("orders"));
	}

	@Test
	void feignClientFallsBackUntilAnInstanceIsRegistered() {
		OrdersClient client = shop().getBean(OrdersClient.class);
		assertThat(client.orders()).isEqualTo("fallback");
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		await().atMost(SOON).until(() -> client.orders().equals("orders"));
	}

	@Test
	void httpServiceFallsBackUntilAnInstanceIsRegistered() {
		OrdersService orders = shop(HttpShop.class).getBean(OrdersService.class);
		assertThat(orders.orders()).isEqualTo("fallback");
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		await().atMost(SOON).until(() -> orders.orders().equals("orders"));
	}

	@Test
	void refusedConnectionIsNoFailureForTheCircuitBreaker() {
		put("/services/orders/dead", "127.0.0.1:1");
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		put(TIMEOUT, "10s");
		String withoutEjection = "spring.cloud.etcd.loadbalancer.ejection.enabled=false";
		ConfigurableApplicationContext http = shop(HttpShop.class, withoutEjection);
		ConfigurableApplicationContext plain = shop(Shop.class, withoutEjection);
		for (ConfigurableApplicationContext shop : List.of(http, plain)) {
			DiscoveryClient discovery = shop.getBean(DiscoveryClient.class);
			await().atMost(SOON).until(() -> discovery.getInstances("orders").size() == 2);
		}
		OrdersService orders = http.getBean(OrdersService.class);
		CircuitBreaker circuit = plain.getBean(CircuitBreakerFactory.class).create("orders");
		RestClient client = plain.getBean(RestClient.Builder.class).build();
		for (int i = 0; i < 10; i++) {
			assertThat(orders.orders()).isEqualTo("orders");
			assertThat(orders(circuit, client)).isEqualTo("orders");
		}
	}

	@Test
	void circuitBreakersFollowDefaultAndNamedConfiguration() {
		put(TIMEOUT, "10s");
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		ConfigurableApplicationContext shop = shop();
		OrdersClient client = shop.getBean(OrdersClient.class);
		await().atMost(SOON).until(() -> client.orders().equals("orders"));
		CircuitBreaker circuit = shop.getBean(CircuitBreakerFactory.class).create("payments");
		assertThat(circuit.run(() -> "paid", (failure) -> "fallback")).isEqualTo("paid");
		CircuitBreakerRegistry circuitBreakers = shop.getBean(CircuitBreakerRegistry.class);
		io.github.resilience4j.circuitbreaker.CircuitBreaker payments = circuitBreakers.circuitBreaker("payments");
		assertThat(client.slow()).isEqualTo("slow");
		put(TIMEOUT, "10ms");
		await().atMost(SOON).until(() -> client.slow().equals("fallback"));
		assertThat(circuitBreakers.circuitBreaker("payments")).isSameAs(payments);
		put("/config/shop/resilience4j/circuitbreaker/instances/payments/minimum-number-of-calls", "7");
		await().atMost(SOON)
			.until(() -> circuitBreakers.circuitBreaker("payments")
				.getCircuitBreakerConfig()
				.getMinimumNumberOfCalls() == 7);
		assertThat(circuit.run(() -> "paid", (failure) -> "fallback")).isEqualTo("paid");
		assertThat(circuitBreakers.circuitBreaker("payments").getMetrics().getNumberOfSuccessfulCalls()).isOne();
		assertThat(circuitBreakers.circuitBreaker("payments").getTags()).containsEntry("group", "payments");
	}

	private ConfigurableApplicationContext shop() {
		return shop(Shop.class);
	}

	private ConfigurableApplicationContext shop(Class<?> application, String... properties) {
		List<String> all = new ArrayList<>(List.of("libraries=circuitbreaker,resilience4j",
				"spring.cloud.etcd.discovery.register=false", "spring.cloud.openfeign.circuitbreaker.enabled=true",
				"spring.http.serviceclient.orders.base-url=lb://orders",
				"resilience4j.circuitbreaker.configs.default.minimum-number-of-calls=2",
				"resilience4j.circuitbreaker.configs.default.sliding-window-size=2",
				"resilience4j.circuitbreaker.configs.default.wait-duration-in-open-state=200ms"));
		all.addAll(List.of(properties));
		return start(application, "shop", WebApplicationType.NONE, all.toArray(String[]::new));
	}

	private static String orders(CircuitBreaker circuit, RestClient client) {
		return circuit.run(() -> client.get().uri("http://orders/orders").retrieve().body(String.class),
				(failure) -> "fallback");
	}

	@FeignClient(name = "orders", fallback = Fallback.class)
	interface OrdersClient {

		@GetMapping("/orders")
		String orders();

		@GetMapping("/slow")
		String slow();

	}

	static class Fallback implements OrdersClient {

		@Override
		public String orders() {
			return "fallback";
		}

		@Override
		public String slow() {
			return "fallback";
		}

	}

	interface OrdersService {

		@GetExchange("/orders")
		String orders();

	}

	public static class OrdersFallback {

		public String orders() {
			return "fallback";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ImportHttpServices(group = "orders", types = OrdersService.class)
	@HttpServiceFallback(OrdersFallback.class)
	static class HttpShop {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableFeignClients(clients = OrdersClient.class)
	@Import(Fallback.class)
	static class Shop {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			return RestClient.builder();
		}

	}

}
