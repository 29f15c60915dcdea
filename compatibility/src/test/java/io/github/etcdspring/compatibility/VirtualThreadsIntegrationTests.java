package io.github.etcdspring.compatibility;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server that handles requests on virtual threads. Java 17 has none.
 */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "Virtual threads need Java 21")
class VirtualThreadsIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void virtualThreadsReadTheRefreshScopeAndCallServicesInEtcd() {
		put("/config/price/shop/price", "1");
		start(Prices.class, "price", WebApplicationType.SERVLET, "spring.threads.virtual.enabled=true");
		PriceService prices = start(Shop.class, "shop", WebApplicationType.NONE, "spring.threads.virtual.enabled=true",
				"spring.cloud.etcd.discovery.register=false", "spring.http.serviceclient.price.base-url=lb://price")
			.getBean(PriceService.class);
		await().atMost(SOON).ignoreExceptions().until(() -> prices.price().endsWith(" 1"));
		put("/config/price/shop/price", "2");
		await().atMost(SOON).until(() -> prices.price().endsWith(" 2"));
		assertThat(prices.price()).startsWith("VirtualThread");
	}

	interface PriceService {

		@GetExchange("/price")
		String price();

	}

	static class Price {

		private final String price;

		Price(String price) {
			this.price = price;
		}

		String price() {
			return this.price;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(PriceController.class)
	static class Prices {

		@Bean
		@RefreshScope
		Price price(@Value("${shop.price}") String price) {
			return new Price(price);
		}

	}

	@RestController
	static class PriceController {

		private final Price price;

		PriceController(Price price) {
			this.price = price;
		}

		@GetMapping("/price")
		String price() {
			return Thread.currentThread() + " " + this.price.price();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ImportHttpServices(group = "price", types = PriceService.class)
	static class Shop {

	}

}
