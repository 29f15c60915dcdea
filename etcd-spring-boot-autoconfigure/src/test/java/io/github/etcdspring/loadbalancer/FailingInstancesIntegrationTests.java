package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.HttpInstances;
import io.github.etcdspring.fixture.LoadBalancedClient;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Calls of three instances of which some fail while etcd still lists them.
 */
class FailingInstancesIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private final EtcdServer etcd = EtcdServer.start();

	private final HttpInstances instances = new HttpInstances(this.etcd, "greeting");

	private final List<AutoCloseable> resources = new ArrayList<>();

	@BeforeEach
	void startInstances() {
		this.instances.startAndRegister("one", "two", "three");
	}

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.instances.close();
		this.etcd.close();
	}

	@ParameterizedTest
	@EnumSource
	void refusedConnectionCostsNoCall(LoadBalancedClient client) {
		ConfigurableApplicationContext application = application();
		Supplier<String> call = client.in(application);
		assertThat(answers(call, 30)).contains("one", "two", "three");
		this.instances.kill("one");
		this.instances.awaitIdleConnectionsClosed("one");
		assertThat(answers(call, 60)).hasSize(60).contains("two", "three").doesNotContain("one");
		assertThat(ejected(application)).containsExactly(this.instances.port("one"));
		assertThat(application.getBean(DiscoveryClient.class).getInstances("greeting")).hasSize(3);
	}

	@ParameterizedTest
	@EnumSource
	void withoutRetryOneCallFails(LoadBalancedClient client) {
		Supplier<String> call = client.in(application("spring.cloud.etcd.loadbalancer.retry.enabled=false",
				"spring.cloud.etcd.loadbalancer.ejection.min-duration=10s"));
		assertThat(answers(call, 30)).contains("one", "two", "three");
		this.instances.kill("one");
		assertThat(failures(call, 60)).isLessThanOrEqualTo(1);
	}

	/** The other clients send a {@code POST}. */
	@ParameterizedTest
	@EnumSource(names = { "REST_TEMPLATE", "HTTP_INTERFACE" })
	void readTimeoutCostsNoIdempotentCallOnRequest(LoadBalancedClient client) {
		Supplier<String> call = client
			.in(application("spring.cloud.etcd.loadbalancer.retry.idempotent-methods=true", "greeting.timeout=500ms"));
		assertThat(answers(call, 30)).contains("one", "two", "three");
		this.instances.kill("one");
		this.instances.startSilent("one");
		this.instances.register("one");
		assertThat(answers(call, 60)).hasSize(60).contains("two", "three").doesNotContain("one");
	}

	@Test
	void manyThreadsLoseAtMostTheCallsInFlight() throws InterruptedException {
		Supplier<String> call = LoadBalancedClient.REST_CLIENT.in(application());
		assertThat(answers(call, 30)).contains("one", "two", "three");
		ExecutorService threads = Executors.newFixedThreadPool(16);
		ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
		ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
		for (int i = 0; i < 16; i++) {
			threads.execute(() -> {
				for (int j = 0; j < 50; j++) {
					try {
						answers.add(call.get());
					}
					catch (Exception ex) {
						failures.add(ex);
					}
				}
			});
		}
		await().atMost(SOON).until(() -> answers.size() > 100);
		this.instances.kill("one");
		threads.shutdown();
		assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
		// What was on the wire may have been carried out, and is not repeated
		assertThat(failures).hasSizeLessThanOrEqualTo(16);
		assertThat(answers.size() + failures.size()).isEqualTo(16 * 50);
	}

	@Test
	void instanceIsCalledAgainAtOnceWhenItsKeyIsPutAgain() {
		Supplier<String> call = LoadBalancedClient.REST_TEMPLATE
			.in(application("spring.cloud.etcd.loadbalancer.ejection.min-duration=1h",
					"spring.cloud.etcd.loadbalancer.ejection.max-duration=1h"));
		this.instances.kill("one");
		assertThat(answers(call, 30)).doesNotContain("one");
		this.instances.startAndRegister("one");
		await().atMost(SOON).until(() -> answers(call, 10).contains("one"));
	}

	@Test
	void errorStatusesEjectNothing() {
		ConfigurableApplicationContext application = application();
		Supplier<String> call = LoadBalancedClient.REST_TEMPLATE.in(application);
		this.instances.respondWith(503);
		assertThat(failures(call, 30)).isEqualTo(30);
		assertThat(ejected(application)).isEmpty();
	}

	@Test
	void oneApplicationPropertyTurnsItOff() {
		ConfigurableApplicationContext application = application(
				"spring.cloud.etcd.loadbalancer.ejection.enabled=false",
				"spring.cloud.etcd.loadbalancer.retry.enabled=false");
		Supplier<String> call = LoadBalancedClient.REST_CLIENT.in(application);
		assertThat(answers(call, 30)).contains("one", "two", "three");
		this.instances.kill("one");
		assertThat(failures(call, 60)).isGreaterThan(10);
		assertThat(application.getBeanProvider(OutlierEjection.class).getIfAvailable()).isNull();
	}

	private ConfigurableApplicationContext application(String... properties) {
		ConfigurableApplicationContext application = Applications
			.plain(this.etcd, "client", LoadBalancedClient.Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
		this.resources.add(application);
		DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances("greeting").size() == 3);
		return application;
	}

	private static List<String> answers(Supplier<String> call, int calls) {
		return IntStream.range(0, calls).mapToObj((i) -> call.get()).toList();
	}

	private static int failures(Supplier<String> call, int calls) {
		int failures = 0;
		for (int i = 0; i < calls; i++) {
			try {
				assertThat(call.get()).isNotNull();
			}
			catch (RuntimeException ex) {
				failures++;
			}
		}
		return failures;
	}

	private static List<Integer> ejected(ConfigurableApplicationContext application) {
		return application.getBean(OutlierEjection.class).ejected().stream().map(EjectedInstance::port).toList();
	}

}
