package io.github.etcdspring.compatibility;

import java.time.Duration;

import io.micrometer.tracing.ScopedSpan;
import io.micrometer.tracing.Tracer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Micrometer Tracing with Brave.
 */
class TracingIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@Test
	void traceContinuesThroughLoadBalancedClientsAndAfterAChange() {
		start(Traced.class, "traced", WebApplicationType.SERVLET, "libraries=tracing");
		ConfigurableApplicationContext shop = start(Shop.class, "shop", WebApplicationType.NONE, "libraries=tracing",
				"spring.cloud.etcd.discovery.register=false");
		Tracer tracer = shop.getBean(Tracer.class);
		RestClient client = shop.getBean(RestClient.Builder.class).build();
		RestTemplate template = shop.getBean(RestTemplate.class);
		await().atMost(SOON).until(() -> get(client) != null);
		assertThatTraceContinues(tracer, client, template);
		put("/config/shop/management/tracing/sampling/probability", "0.5");
		await().atMost(SOON)
			.until(() -> "0.5".equals(shop.getEnvironment().getProperty("management.tracing.sampling.probability")));
		assertThat(shop.getBean(Tracer.class)).isSameAs(tracer);
		assertThatTraceContinues(tracer, client, template);
	}

	private static void assertThatTraceContinues(Tracer tracer, RestClient client, RestTemplate template) {
		ScopedSpan span = tracer.startScopedSpan("test");
		try {
			assertThat(get(client)).isEqualTo(span.context().traceId());
			assertThat(template.getForObject("http://traced/trace", String.class)).isEqualTo(span.context().traceId());
		}
		finally {
			span.end();
		}
	}

	private static String get(RestClient client) {
		return client.get().uri("http://traced/trace").retrieve().body(String.class);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@RestController
	static class Traced {

		private final Tracer tracer;

		Traced(Tracer tracer) {
			this.tracer = tracer;
		}

		@GetMapping("/trace")
		String trace() {
			return this.tracer.currentSpan().context().traceId();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder(RestClientBuilderConfigurer configurer) {
			return configurer.configure(RestClient.builder());
		}

		@Bean
		@LoadBalanced
		RestTemplate restTemplate(RestTemplateBuilder builder) {
			return builder.build();
		}

	}

}
