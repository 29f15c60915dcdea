package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

import static org.awaitility.Awaitility.await;

/**
 * Health checks of Spring Cloud LoadBalancer, which must include new instances.
 */
class HealthCheckIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@Test
	void instanceThatComesLaterIsCalled() {
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		LoadBalancerClient loadBalancer = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false", "spring.cloud.loadbalancer.configurations=health-check",
				"spring.cloud.loadbalancer.health-check.path.default=/orders",
				"spring.cloud.loadbalancer.health-check.interval=500ms")
			.getBean(LoadBalancerClient.class);
		Set<Integer> ports = new HashSet<>();
		await().atMost(SOON).until(() -> choose(loadBalancer, ports) == 1);
		start(Orders.class, "orders", WebApplicationType.SERVLET);
		await().atMost(SOON).until(() -> choose(loadBalancer, ports) == 2);
	}

	private static int choose(LoadBalancerClient loadBalancer, Set<Integer> ports) {
		ServiceInstance instance = loadBalancer.choose("orders");
		if (instance != null) {
			ports.add(instance.getPort());
		}
		return ports.size();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

		/** Spring Cloud LoadBalancer has no supplier with health checks without it. */
		@Bean
		RestClient restClient() {
			return RestClient.create();
		}

	}

}
