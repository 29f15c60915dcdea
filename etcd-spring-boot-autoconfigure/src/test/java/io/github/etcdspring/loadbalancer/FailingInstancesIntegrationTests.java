package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import com.sun.net.httpserver.HttpServer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Calls of three instances of which some fail while etcd still lists them.
 */
class FailingInstancesIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private final EtcdServer etcd = EtcdServer.start();

	private final Map<String, HttpServer> servers = new HashMap<>();

	private final Map<String, Integer> ports = new HashMap<>();

	private final List<AutoCloseable> resources = new ArrayList<>();

	private volatile int status = 200;

	@BeforeEach
	void startInstances() throws IOException {
		for (String id : List.of("one", "two", "three")) {
			start(id, 0);
			register(id);
		}
	}

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.servers.values().forEach((server) -> server.stop(0));
		this.etcd.close();
	}

	@ParameterizedTest
	@EnumSource
	void refusedConnectionCostsNoCall(Client client) {
		ConfigurableApplicationContext application = application();
		Supplier<String> call = client.of(application);
		assertThat(answers(call, 30)).contains("one", "two", "three");
		kill("one");
		assertThat(answers(call, 60)).hasSize(60).contains("two", "three").doesNotContain("one");
		assertThat(ejected(application)).containsExactly(this.ports.get("one"));
		assertThat(application.getBean(DiscoveryClient.class).getInstances("greeting")).hasSize(3);
	}

	@ParameterizedTest
	@EnumSource
	void withoutRetryOneCallFails(Client client) {
		Supplier<String> call = client.of(application("spring.cloud.etcd.loadbalancer.retry.enabled=false",
				"spring.cloud.etcd.loadbalancer.ejection.min-duration=10s"));
		assertThat(answers(call, 30)).contains("one", "two", "three");
		kill("one");
		assertThat(failures(call, 60)).isLessThanOrEqualTo(1);
	}

	@Test
	void manyThreadsLoseAtMostTheCallsInFlight() throws InterruptedException {
		Supplier<String> call = Client.REST_CLIENT.of(application());
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
		kill("one");
		threads.shutdown();
		assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
		// What was on the wire may have been carried out, and is not repeated
		assertThat(failures).hasSizeLessThanOrEqualTo(16);
		assertThat(answers.size() + failures.size()).isEqualTo(16 * 50);
	}

	@Test
	void instanceThatIsBackIsCalledAgain() throws IOException {
		Supplier<String> call = Client.REST_TEMPLATE.of(application());
		kill("one");
		assertThat(answers(call, 30)).doesNotContain("one");
		start("one", this.ports.get("one"));
		await().atMost(SOON).until(() -> answers(call, 10).contains("one"));
	}

	@Test
	void instanceIsCalledAgainAtOnceWhenItsKeyIsPutAgain() throws IOException {
		Supplier<String> call = Client.REST_TEMPLATE
			.of(application("spring.cloud.etcd.loadbalancer.ejection.min-duration=1h",
					"spring.cloud.etcd.loadbalancer.ejection.max-duration=1h"));
		kill("one");
		assertThat(answers(call, 30)).doesNotContain("one");
		start("one", this.ports.get("one"));
		register("one");
		await().atMost(SOON).until(() -> answers(call, 10).contains("one"));
	}

	@Test
	void instanceThatAcceptsAndDoesNotAnswerCostsFewCalls() throws IOException {
		ConfigurableApplicationContext application = application();
		Supplier<String> call = Client.REST_TEMPLATE.of(application);
		assertThat(answers(call, 30)).contains("one", "two", "three");
		kill("one");
		ServerSocket silent = new ServerSocket(this.ports.get("one"), 50, InetAddress.getLoopbackAddress());
		this.resources.add(silent);
		// One in three without the ejection; each waits for the read timeout of a second
		assertThat(failures(call, 300)).isLessThanOrEqualTo(6);
	}

	@Test
	void failsAtOnceWhereAllInstancesAreDownAndGoesOnWhenTheyAreBack() throws IOException {
		Supplier<String> call = Client.REST_TEMPLATE.of(application());
		List.of("one", "two", "three").forEach(this::kill);
		long start = System.nanoTime();
		for (int i = 0; i < 10; i++) {
			assertThatException().isThrownBy(call::get);
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
		for (String id : List.of("one", "two", "three")) {
			start(id, this.ports.get(id));
		}
		assertThat(answers(call, 30)).hasSize(30).contains("one", "two", "three");
	}

	@Test
	void errorStatusesEjectNothing() {
		ConfigurableApplicationContext application = application();
		Supplier<String> call = Client.REST_TEMPLATE.of(application);
		this.status = 503;
		assertThat(failures(call, 30)).isEqualTo(30);
		assertThat(ejected(application)).isEmpty();
	}

	@Test
	void oneApplicationPropertyTurnsItOff() {
		ConfigurableApplicationContext application = application(
				"spring.cloud.etcd.loadbalancer.ejection.enabled=false",
				"spring.cloud.etcd.loadbalancer.retry.enabled=false");
		Supplier<String> call = Client.REST_CLIENT.of(application);
		assertThat(answers(call, 30)).contains("one", "two", "three");
		kill("one");
		assertThat(failures(call, 60)).isGreaterThan(10);
		assertThat(application.getBeanProvider(OutlierEjection.class).getIfAvailable()).isNull();
	}

	private ConfigurableApplicationContext application(String... properties) {
		ConfigurableApplicationContext application = Applications.plain(this.etcd, "client", Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
		this.resources.add(application);
		DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> discovery.getInstances("greeting").size() == 3);
		return application;
	}

	private void start(String id, int port) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
		ExecutorService threads = Executors.newCachedThreadPool();
		this.resources.add(threads::shutdownNow);
		server.setExecutor(threads);
		server.createContext("/", (exchange) -> {
			byte[] body = id.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(this.status, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		this.servers.put(id, server);
		this.ports.put(id, server.getAddress().getPort());
	}

	private void register(String id) {
		this.etcd.etcdctl("put", "/services/greeting/" + id, "{\"id\":\"" + id
				+ "\",\"name\":\"greeting\",\"host\":\"127.0.0.1\",\"port\":" + this.ports.get(id) + "}");
	}

	private void kill(String id) {
		this.servers.remove(id).stop(0);
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

	enum Client {

		REST_TEMPLATE {
			@Override
			Supplier<String> of(ConfigurableApplicationContext application) {
				RestTemplate template = application.getBean(RestTemplate.class);
				return () -> template.getForObject("http://greeting/", String.class);
			}
		},

		REST_CLIENT {
			@Override
			Supplier<String> of(ConfigurableApplicationContext application) {
				RestClient client = application.getBean(RestClient.Builder.class).build();
				return () -> client.post().uri("http://greeting/").body("ping").retrieve().body(String.class);
			}
		},

		WEB_CLIENT {
			@Override
			Supplier<String> of(ConfigurableApplicationContext application) {
				WebClient client = application.getBean(WebClient.Builder.class).build();
				return () -> client.post()
					.uri("http://greeting/")
					.bodyValue("ping")
					.retrieve()
					.bodyToMono(String.class)
					.block(SOON);
			}
		},

		HTTP_INTERFACE {
			@Override
			Supplier<String> of(ConfigurableApplicationContext application) {
				return application.getBean(GreetingService.class)::whoAnswers;
			}
		};

		abstract Supplier<String> of(ConfigurableApplicationContext application);

	}

	interface GreetingService {

		@GetExchange("/")
		String whoAnswers();

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "greeting", types = GreetingService.class)
	static class Clients {

		@Bean
		@LoadBalanced
		RestTemplate restTemplate(RestTemplateBuilder builder) {
			SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
			requests.setConnectTimeout(Duration.ofSeconds(1));
			requests.setReadTimeout(Duration.ofSeconds(1));
			return builder.requestFactory(() -> requests).build();
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

}
