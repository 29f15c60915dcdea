package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class LoadBalancedClientsIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext one;

	private static ConfigurableApplicationContext two;

	@BeforeAll
	static void startProviders() {
		etcd = EtcdServer.start();
		one = Applications.servlet(etcd, "greeting").properties("spring.cloud.etcd.discovery.instance-id=one").run();
		two = Applications.servlet(etcd, "greeting").properties("spring.cloud.etcd.discovery.instance-id=two").run();
	}

	@AfterAll
	static void stopProviders() {
		one.close();
		two.close();
		etcd.close();
	}

	@Test
	void restTemplateCallsEachInstance() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, Clients.class)) {
			RestTemplate template = client.getBean(RestTemplate.class);
			assertThatEachInstanceIsCalled(client, () -> template.getForObject("http://greeting/", String.class));
		}
	}

	@Test
	void restClientCallsEachInstance() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, Clients.class)) {
			RestClient restClient = client.getBean(RestClient.Builder.class).build();
			assertThatEachInstanceIsCalled(client,
					() -> restClient.get().uri("http://greeting/").retrieve().body(String.class));
		}
	}

	@Test
	void webClientCallsEachInstance() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, Clients.class)) {
			WebClient webClient = client.getBean(WebClient.Builder.class).build();
			assertThatEachInstanceIsCalled(client,
					() -> webClient.get().uri("http://greeting/").retrieve().bodyToMono(String.class).block());
		}
	}

	@Test
	void httpInterfaceCallsEachInstance() {
		try (ConfigurableApplicationContext client = Applications.client(etcd, HttpInterfaces.class)) {
			GreetingService greetings = client.getBean(GreetingService.class);
			assertThatEachInstanceIsCalled(client, greetings::whoAnswers);
		}
	}

	private static void assertThatEachInstanceIsCalled(ConfigurableApplicationContext client, Supplier<String> call) {
		DiscoveryClient discovery = client.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances("greeting").size() == 2);
		assertThat(answers(call)).containsOnly("one", "two").contains("one", "two");
		AvailabilityChangeEvent.publish(one, ReadinessState.REFUSING_TRAFFIC);
		try {
			await().atMost(SOON).until(() -> discovery.getInstances("greeting").size() == 1);
			assertThat(answers(call)).containsOnly("two");
		}
		finally {
			AvailabilityChangeEvent.publish(one, ReadinessState.ACCEPTING_TRAFFIC);
		}
		// its share of the calls grows for two seconds
		await().atMost(SOON).untilAsserted(() -> assertThat(answers(call)).contains("one", "two"));
	}

	private static Stream<String> answers(Supplier<String> call) {
		return IntStream.range(0, 10).mapToObj((i) -> call.get());
	}

	@Configuration(proxyBeanMethods = false)
	static class Clients {

		@Bean
		@LoadBalanced
		RestTemplate restTemplate(RestTemplateBuilder builder) {
			return builder.build();
		}

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			return RestClient.builder();
		}

		@Bean
		@LoadBalanced
		WebClient.Builder webClientBuilder() {
			return WebClient.builder();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "greeting", types = GreetingService.class)
	static class HttpInterfaces {

	}

	interface GreetingService {

		@GetExchange("/")
		String whoAnswers();

	}

}
