package io.github.etcdspring.compatibility;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.awaitility.Awaitility.await;

/**
 * HTTP service clients of Spring Framework 7 with load balancing by Spring Cloud.
 */
class HttpServiceGroupsIntegrationTests extends AbstractCompatibilityTests {

	@Test
	void callsServicesInEtcd() {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		OrdersService orders = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false", "spring.http.serviceclient.orders.base-url=lb://orders")
			.getBean(OrdersService.class);
		await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> orders.orders().equals("orders"));
	}

	interface OrdersService {

		@GetExchange("/orders")
		String orders();

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ImportHttpServices(group = "orders", types = OrdersService.class)
	static class Shop {

	}

}
