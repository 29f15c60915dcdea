package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class GracefulShutdownIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@SharedEtcd
	private static EtcdServer etcd;

	@ParameterizedTest
	@ValueSource(strings = { "SERVLET", "REACTIVE" })
	void continuesToServeDuringTheDrain(WebApplicationType type) throws Exception {
		String name = "serving-" + type.name().toLowerCase(Locale.ROOT);
		ConfigurableApplicationContext context = Applications.servlet(etcd, name)
			.web(type)
			.properties("spring.cloud.etcd.discovery.drain=3s", "spring.cloud.etcd.discovery.instance-id=one")
			.run();
		await().atMost(SOON).until(() -> Keys.of(etcd, name).size() == 1);
		RestClient client = RestClient
			.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"));
		ExecutorService thread = Executors.newSingleThreadExecutor();
		try {
			Future<?> closing = thread.submit(context::close);
			await().pollInterval(20, TimeUnit.MILLISECONDS).atMost(SOON).until(() -> Keys.of(etcd, name).isEmpty());
			assertThat(context.getBean(ApplicationAvailability.class).getReadinessState())
				.isEqualTo(ReadinessState.REFUSING_TRAFFIC);
			long gone = System.nanoTime();
			int served = 0;
			while (System.nanoTime() - gone < TimeUnit.SECONDS.toNanos(2)) {
				assertThat(client.get().uri("/").retrieve().body(String.class)).isEqualTo("one");
				served++;
			}
			assertThat(served).isPositive();
			assertThat(closing.isDone()).isFalse();
			closing.get(30, TimeUnit.SECONDS);
		}
		finally {
			thread.shutdownNow();
			context.close();
		}
	}

	@Test
	void rollingRestartUnderLoadFailsNoCall() throws Exception {
		ExecutorService threads = Executors.newCachedThreadPool();
		List<ConfigurableApplicationContext> instances = new ArrayList<>(List.of(instance("a"), instance("b")));
		try (ConfigurableApplicationContext caller = Applications.client(etcd, Caller.class)) {
			DiscoveryClient discovery = caller.getBean(DiscoveryClient.class);
			await().atMost(SOON).until(() -> discovery.getInstances("rolling").size() == 2);
			RestClient client = caller.getBean(RestClient.Builder.class).build();
			List<String> failures = new CopyOnWriteArrayList<>();
			AtomicInteger calls = new AtomicInteger();
			for (int i = 0; i < 3; i++) {
				threads.submit(() -> {
					while (!Thread.currentThread().isInterrupted()) {
						call(client, failures);
						calls.incrementAndGet();
					}
				});
			}
			for (int i = 0; i < 2; i++) {
				instances.get(i).close();
				instances.set(i, instance("new-" + i));
				await().atMost(SOON).until(() -> discovery.getInstances("rolling").size() == 2);
			}
			int before = calls.get();
			await().atMost(SOON).until(() -> calls.get() > before + 10);
			assertThat(failures).isEmpty();
		}
		finally {
			threads.shutdownNow();
			assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
			instances.forEach(ConfigurableApplicationContext::close);
		}
	}

	private static void call(RestClient client, List<String> failures) {
		try {
			client.get().uri("http://rolling/").retrieve().body(String.class);
		}
		catch (RestClientException | IllegalStateException ex) {
			if (!Thread.currentThread().isInterrupted()) {
				failures.add(ex.toString());
			}
		}
	}

	/** Uses the default drain, which other tests shorten. */
	private static ConfigurableApplicationContext instance(String id) {
		return Applications.servlet(etcd, "rolling")
			.properties("spring.cloud.etcd.discovery.drain=2s", "spring.cloud.etcd.discovery.instance-id=" + id)
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	static class Caller {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			// the connections of Reactor Netty are shared within a JVM, so each instance
			// that stops would close those of the others
			return RestClient.builder().requestFactory(new JdkClientHttpRequestFactory());
		}

	}

}
