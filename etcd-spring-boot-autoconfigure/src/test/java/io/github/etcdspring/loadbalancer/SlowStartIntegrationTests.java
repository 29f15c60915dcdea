package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Calls of instances that appear while they are called. With a duration of days, an
 * instance that is slowed gets no call.
 */
class SlowStartIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(15);

	private static final String NEVER_OVER = "spring.cloud.etcd.loadbalancer.slow-start.duration=36500d";

	private static final int CALLS = 60;

	private final EtcdServer etcd = EtcdServer.start();

	private final Map<String, HttpServer> servers = new HashMap<>();

	private final List<AutoCloseable> resources = new ArrayList<>();

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.servers.values().forEach((server) -> server.stop(0));
		this.etcd.close();
	}

	@Test
	void shareOfANewInstanceGrows() throws IOException {
		register("one");
		ConfigurableApplicationContext application = application(1,
				"spring.cloud.etcd.loadbalancer.slow-start.duration=8s");
		Supplier<String> call = blocking(application);
		assertThat(shares(call)).containsOnlyKeys("one");
		register("two");
		await().atMost(SOON).until(() -> instances(application) == 2);
		long listed = System.nanoTime();
		double early = shareOf("two", call, listed + Duration.ofSeconds(4).toNanos());
		double late = shareOf("two", call, listed + Duration.ofSeconds(8).toNanos());
		assertThat(early).as("an eighth on average").isPositive().isLessThan(late * 2 / 3);
		assertThat(late).as("three eighths on average").isLessThan(0.49);
		await().atMost(SOON).until(() -> !application.getBean(SlowStart.class).isActive());
		assertThat(shares(call).get("two")).as("once it is warm").isEqualTo(CALLS / 2);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void instanceThatAppearsIsSlowed(boolean reactive) throws IOException {
		register("one", "two");
		ConfigurableApplicationContext application = application(2, NEVER_OVER);
		Supplier<String> call = (reactive) ? reactive(application) : blocking(application);
		assertThat(shares(call)).as("were there at the start").containsOnlyKeys("one", "two");
		register("three");
		await().atMost(SOON).until(() -> instances(application) == 3);
		assertThat(shares(call)).isEqualTo(Map.of("one", CALLS / 2, "two", CALLS / 2));
	}

	@Test
	void noInstanceIsSlowedAfterEtcdWasWiped() throws Exception {
		register("one", "two", "three");
		ConfigurableApplicationContext application = application(3, NEVER_OVER);
		Supplier<String> call = blocking(application);
		this.etcd.wipe();
		this.etcd.restart();
		await().atMost(SOON).until(() -> instances(application) == 0);
		register("one", "two", "three");
		await().atMost(SOON).until(() -> instances(application) == 3);
		assertThat(shares(call)).isEqualTo(Map.of("one", CALLS / 3, "two", CALLS / 3, "three", CALLS / 3));
	}

	@Test
	void instanceIsNotSlowedWhenItsKeyIsPutAgain() throws IOException {
		register("one", "two");
		ConfigurableApplicationContext application = application(2, NEVER_OVER);
		Supplier<String> call = blocking(application);
		register("two");
		this.etcd.etcdctl("del", "/services/greeting/one");
		await().atMost(SOON).until(() -> instances(application) == 1);
		register("one");
		await().atMost(SOON).until(() -> instances(application) == 2);
		assertThat(shares(call)).isEqualTo(Map.of("one", CALLS / 2, "two", CALLS / 2));
	}

	@Test
	void instanceThatRestartsAfterACrashIsSlowed() throws IOException {
		register("one", "two");
		ConfigurableApplicationContext application = application(2, NEVER_OVER);
		Supplier<String> call = blocking(application);
		assertThat(shares(call)).containsOnlyKeys("one", "two");
		int port = this.servers.get("two").getAddress().getPort();
		this.servers.remove("two").stop(0);
		assertThat(shares(call)).containsOnlyKeys("one");
		assertThat(application.getBean(OutlierEjection.class).ejected()).hasSize(1);
		start("two", port);
		register("two", "late");
		await().atMost(SOON).until(() -> instances(application) == 3);
		assertThat(shares(call)).containsOnlyKeys("one");
		assertThat(application.getBean(OutlierEjection.class).ejected()).as("it is slowed, not ejected").isEmpty();
	}

	@Test
	void everyInstanceIsCalledWhereAllAreNew() throws IOException {
		ConfigurableApplicationContext application = application(0, NEVER_OVER);
		register("one", "two");
		await().atMost(SOON).until(() -> instances(application) == 2);
		assertThat(shares(blocking(application))).isEqualTo(Map.of("one", CALLS / 2, "two", CALLS / 2));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.loadbalancer.configurations=weighted",
			"spring.cloud.loadbalancer.configurations=zone-preference", "spring.cloud.loadbalancer.retry.enabled=true",
			"spring.cloud.etcd.loadbalancer.ejection.enabled=false" })
	void worksWithOtherSettings(String property) throws IOException {
		register("one", "two");
		ConfigurableApplicationContext application = application(2, NEVER_OVER, property);
		register("three");
		await().atMost(SOON).until(() -> instances(application) == 3);
		assertThat(shares(blocking(application))).containsOnlyKeys("one", "two");
	}

	@Test
	void isOffWithADurationOfZero() throws IOException {
		register("one");
		ConfigurableApplicationContext application = application(1,
				"spring.cloud.etcd.loadbalancer.slow-start.duration=0s");
		assertThat(application.getBeanProvider(SlowStart.class).getIfAvailable()).isNull();
		register("two");
		await().atMost(SOON).until(() -> instances(application) == 2);
		assertThat(shares(blocking(application))).isEqualTo(Map.of("one", CALLS / 2, "two", CALLS / 2));
	}

	private ConfigurableApplicationContext application(int instances, String... properties) {
		ConfigurableApplicationContext application = Applications.plain(this.etcd, "client", Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
		this.resources.add(application);
		await().atMost(SOON).until(() -> instances(application) == instances);
		return application;
	}

	private static int instances(ConfigurableApplicationContext application) {
		return application.getBean(DiscoveryClient.class).getInstances("greeting").size();
	}

	private static Supplier<String> blocking(ConfigurableApplicationContext application) {
		RestClient client = application.getBean(RestClient.Builder.class).build();
		return () -> client.get().uri("http://greeting/").retrieve().body(String.class);
	}

	private static Supplier<String> reactive(ConfigurableApplicationContext application) {
		WebClient client = application.getBean(WebClient.Builder.class).build();
		return () -> client.get().uri("http://greeting/").retrieve().bodyToMono(String.class).block(SOON);
	}

	private static double shareOf(String id, Supplier<String> call, long until) {
		int calls = 0;
		int found = 0;
		while (System.nanoTime() - until < 0) {
			calls++;
			found += (call.get().equals(id)) ? 1 : 0;
		}
		return (double) found / calls;
	}

	private static Map<String, Integer> shares(Supplier<String> call) {
		return Stream.generate(call)
			.limit(CALLS)
			.collect(Collectors.groupingBy(Function.identity(), Collectors.summingInt((answer) -> 1)));
	}

	private void register(String... ids) throws IOException {
		for (String id : ids) {
			if (!this.servers.containsKey(id)) {
				start(id, 0);
			}
			this.etcd.etcdctl("put", "/services/greeting/" + id,
					"{\"host\":\"127.0.0.1\",\"port\":" + this.servers.get(id).getAddress().getPort() + "}");
		}
	}

	private void start(String id, int port) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
		ExecutorService threads = Executors.newCachedThreadPool();
		this.resources.add(threads::shutdownNow);
		server.setExecutor(threads);
		server.createContext("/", (exchange) -> {
			byte[] body = id.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		this.servers.put(id, server);
	}

	@Configuration(proxyBeanMethods = false)
	static class Clients {

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

}
