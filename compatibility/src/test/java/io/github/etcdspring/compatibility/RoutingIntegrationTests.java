package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.micrometer.tracing.BaggageInScope;
import io.micrometer.tracing.ScopedSpan;
import io.micrometer.tracing.Tracer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Routing by metadata with OpenFeign, Spring Cloud Gateway Server WebMVC, and with
 * baggage of Micrometer Tracing.
 */
class RoutingIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final String[] COMMON = { "spring.cloud.etcd.loadbalancer.slow-start.duration=0s",
			"management.tracing.baggage.remote-fields=x-branch" };

	private static final String RULES = """
			spring.cloud.etcd.loadbalancer.routing.services:
			  orders:
			    subsets:
			      canary:
			        version: 2.0.0
			    rules:
			    - header: x-canary
			      value: true
			      to: canary
			""";

	@Test
	void everyHopOfACallReachesMyBranchOrElseTheBaseline() {
		put("/config/application/spring/cloud/etcd/loadbalancer/routing/tags/branch/header", "x-branch");
		start("orders", "baseline");
		start("orders", "feature-7");
		start("stock", "baseline");
		start("stock", "feature-7");
		start("stock", "feature-8");
		ConfigurableApplicationContext shop = start(Shop.class, "shop", WebApplicationType.NONE, "libraries=tracing",
				"spring.cloud.etcd.discovery.register=false", COMMON[0], COMMON[1]);
		awaitInstances(shop, "orders", 2);
		awaitInstances(shop, "stock", 3);
		RestClient observed = shop.getBean("observed", RestClient.Builder.class).build();
		RestClient plain = shop.getBean("plain", RestClient.Builder.class).build();
		Supplier<String> call = () -> observed.get().uri("http://orders/route").retrieve().body(String.class);
		await().atMost(SOON).ignoreExceptions().until(() -> answers(call).equals(Set.of("baseline > baseline")));
		inBranch(shop, "feature-7", () -> {
			assertThat(answers(call)).containsExactly("feature-7 > feature-7");
			// not sent as a header, and so not seen by the called instance
			assertThat(answers(() -> plain.get().uri("http://orders/route").retrieve().body(String.class)))
				.containsExactly("feature-7 > baseline");
		});
		inBranch(shop, "feature-8", () -> assertThat(answers(call)).containsExactly("baseline > feature-8"));
		assertThat(answers(call)).containsExactly("baseline > baseline");
	}

	private void start(String service, String branch) {
		String metadata = (branch.equals("baseline")) ? "unused=true"
				: "spring.cloud.etcd.discovery.metadata.branch=" + branch;
		start(Hop.class, service, WebApplicationType.SERVLET, "libraries=tracing", "branch=" + branch, metadata,
				COMMON[0], COMMON[1]);
	}

	private static void inBranch(ConfigurableApplicationContext application, String branch, Runnable action) {
		Tracer tracer = application.getBean(Tracer.class);
		ScopedSpan span = tracer.startScopedSpan("test");
		try (BaggageInScope baggage = tracer.createBaggageInScope("x-branch", branch)) {
			assertThat(baggage.get()).isEqualTo(branch);
			action.run();
		}
		finally {
			span.end();
		}
	}

	@Test
	void feignSendsCallsByHeader() {
		put("/config/shop/routing.yaml", RULES);
		startVersions();
		ConfigurableApplicationContext shop = start(FeignShop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false", COMMON[0]);
		awaitInstances(shop, "orders", 2);
		OrdersClient client = shop.getBean(OrdersClient.class);
		assertThat(answers(() -> client.branch("true"))).containsExactly("canary");
		assertThat(answers(() -> client.branch("false"))).containsExactly("stable");
	}

	@Test
	void gatewaySendsCallsByHeader() {
		put("/config/gateway/routing.yaml", RULES);
		startVersions();
		ConfigurableApplicationContext gateway = start(Gateway.class, "gateway", WebApplicationType.SERVLET,
				"libraries=gateway", "spring.cloud.etcd.discovery.register=false", COMMON[0],
				"spring.cloud.gateway.server.webmvc.routes[0].id=orders",
				"spring.cloud.gateway.server.webmvc.routes[0].uri=lb://orders",
				"spring.cloud.gateway.server.webmvc.routes[0].predicates[0]=Path=/branch");
		awaitInstances(gateway, "orders", 2);
		RestClient client = RestClient
			.create("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port"));
		assertThat(answers(() -> client.get().uri("/branch").header("x-canary", "true").retrieve().body(String.class)))
			.containsExactly("canary");
		assertThat(answers(() -> client.get().uri("/branch").retrieve().body(String.class))).containsExactly("stable");
	}

	private void startVersions() {
		start(Hop.class, "orders", WebApplicationType.SERVLET, "branch=stable",
				"spring.cloud.etcd.discovery.version=1.4.0");
		start(Hop.class, "orders", WebApplicationType.SERVLET, "branch=canary",
				"spring.cloud.etcd.discovery.version=2.0.0");
	}

	private static void awaitInstances(ConfigurableApplicationContext application, String service, int number) {
		DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances(service).size() == number);
	}

	/** More calls than instances, so that round robin reaches each that can be chosen. */
	private static Set<String> answers(Supplier<String> call) {
		return IntStream.range(0, 8).mapToObj((i) -> call.get()).collect(Collectors.toSet());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

		@Bean
		@LoadBalanced
		RestClient.Builder observed(RestClientBuilderConfigurer configurer) {
			return configurer.configure(RestClient.builder());
		}

		@Bean
		@LoadBalanced
		RestClient.Builder plain() {
			return RestClient.builder();
		}

	}

	@RestController
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Hop {

		private final RestClient client;

		private final String branch;

		Hop(@LoadBalanced RestClient.Builder builder, Environment environment) {
			this.client = builder.build();
			this.branch = environment.getRequiredProperty("branch");
		}

		@GetMapping("/branch")
		String branch() {
			return this.branch;
		}

		@GetMapping("/route")
		String route() {
			return this.branch + " > " + this.client.get().uri("http://stock/branch").retrieve().body(String.class);
		}

		@Configuration(proxyBeanMethods = false)
		static class Clients {

			@Bean
			@LoadBalanced
			RestClient.Builder restClientBuilder(RestClientBuilderConfigurer configurer) {
				return configurer.configure(RestClient.builder());
			}

		}

	}

	@FeignClient("orders")
	interface OrdersClient {

		@GetMapping("/branch")
		String branch(@RequestHeader("x-canary") String canary);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableFeignClients(clients = OrdersClient.class)
	static class FeignShop {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Gateway {

	}

}
