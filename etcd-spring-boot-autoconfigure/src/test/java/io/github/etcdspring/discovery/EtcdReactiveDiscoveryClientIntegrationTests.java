package io.github.etcdspring.discovery;

import java.time.Duration;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class EtcdReactiveDiscoveryClientIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static ReactiveDiscoveryClient client;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.reactive(etcd, "reactive", Caller.class).run();
		client = context.getBean(ReactiveDiscoveryClient.class);
		await().atMost(SOON).until(() -> !instances("reactive").collectList().block().isEmpty());
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@Test
	void findsInstancesAndServices() {
		etcd.etcdctl("put", "/services/other/1", "10.0.0.1:80");
		etcd.etcdctl("put", "/services/other/2", "10.0.0.2:80");
		await().atMost(SOON).until(() -> instances("other").count().block() == 2);
		StepVerifier.create(instances("other").map(ServiceInstance::getHost))
			.expectNext("10.0.0.1", "10.0.0.2")
			.verifyComplete();
		StepVerifier.create(client.getServices().collectList())
			.assertNext((services) -> assertThat(services).contains("other", "reactive"))
			.verifyComplete();
		StepVerifier.create(instances("unknown")).verifyComplete();
	}

	@Test
	void readsTheCatalogOnSubscription() {
		Flux<ServiceInstance> later = instances("later");
		StepVerifier.create(later).verifyComplete();
		etcd.etcdctl("put", "/services/later/1", "10.0.0.1:80");
		await().atMost(SOON).untilAsserted(() -> StepVerifier.create(later).expectNextCount(1).verifyComplete());
	}

	@Test
	void emitsOnTheThreadOfTheSubscriber() {
		Scheduler scheduler = Schedulers.newSingle("subscriber");
		try {
			StepVerifier
				.create(Mono
					.defer(() -> instances("reactive").map((instance) -> Thread.currentThread().getName()).next())
					.subscribeOn(scheduler))
				.assertNext((thread) -> assertThat(thread).startsWith("subscriber"))
				.verifyComplete();
		}
		finally {
			scheduler.dispose();
		}
	}

	@Test
	void reactiveApplicationCallsItselfThroughTheLoadBalancer() {
		String url = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/call";
		StepVerifier.create(WebClient.create(url).get().retrieve().bodyToMono(String.class))
			.expectNext("called")
			.expectComplete()
			.verify(SOON);
	}

	private static Flux<ServiceInstance> instances(String service) {
		return client.getInstances(service);
	}

	@Configuration(proxyBeanMethods = false)
	@RestController
	static class Caller {

		private final WebClient.Builder builder;

		Caller(@LoadBalanced WebClient.Builder builder) {
			this.builder = builder;
		}

		@GetMapping("/call")
		Mono<String> call() {
			return this.builder.build().get().uri("http://reactive/answer").retrieve().bodyToMono(String.class);
		}

		@GetMapping("/answer")
		Mono<String> answer() {
			return Mono.just("called");
		}

		@Configuration(proxyBeanMethods = false)
		static class Clients {

			@Bean
			@LoadBalanced
			WebClient.Builder loadBalancedWebClientBuilder() {
				return WebClient.builder();
			}

		}

	}

}
