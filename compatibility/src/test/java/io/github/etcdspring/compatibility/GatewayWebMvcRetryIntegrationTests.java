package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.loadbalancer.EtcdLoadBalancerFilterFunctions;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.cloud.gateway.server.mvc.handler.ClientHttpRequestFactoryProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctions;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestClient;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Calls through Spring Cloud Gateway Server WebMVC to instances of which some have been
 * killed while etcd still lists them.
 */
class GatewayWebMvcRetryIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	/** Every third call at least goes to an instance that is dead. */
	private static final String WITHOUT_EJECTION = "spring.cloud.etcd.loadbalancer.ejection.enabled=false";

	private final List<AutoCloseable> resources = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http-components", "jdk", "simple" })
	void refusedConnectionCostsNoCall(String client) throws IOException {
		register("one", "dead", "dead");
		RestClient gateway = client(
				gateway(Routed.class, WITHOUT_EJECTION, "spring.http.clients.imperative.factory=" + client));
		for (int i = 0; i < 20; i++) {
			assertThat(get(gateway)).isEqualTo("0");
			assertThat(post(gateway, 300_000)).isEqualTo("300000");
		}
	}

	@Test
	void everyAttemptIsReportedOnce() throws IOException {
		register("one", "dead", "dead");
		ConfigurableApplicationContext application = gateway(Routed.class, WITHOUT_EJECTION);
		for (int i = 0; i < 12; i++) {
			assertThat(get(client(application))).isEqualTo("0");
		}
		Calls calls = application.getBean(Calls.class);
		assertThat(calls.outcomes.stream().filter(CompletionContext.Status.SUCCESS::equals)).hasSize(12);
		assertThat(calls.outcomes.stream().filter(CompletionContext.Status.FAILED::equals)).hasSizeGreaterThan(5);
		assertThat(calls.chosen).hasValue(calls.outcomes.size());
		assertThat(calls.started).hasValue(calls.outcomes.size());
	}

	@Test
	void unreachableInstanceIsEjected() throws IOException {
		register("one", "two", "dead");
		ConfigurableApplicationContext application = gateway(Routed.class);
		for (int i = 0; i < 12; i++) {
			assertThat(get(client(application))).isEqualTo("0");
		}
		assertThat(application.getBean(OutlierEjection.class).ejected()).hasSize(1);
	}

	@Test
	void killedInstanceCostsNothingButTheCallsInFlight() throws Exception {
		List<HttpInstance> instances = register("one", "two", "three");
		RestClient gateway = client(gateway(Routed.class, "spring.cloud.etcd.loadbalancer.ejection.min-duration=1h",
				"spring.cloud.etcd.loadbalancer.ejection.max-duration=1h"));
		int threads = 4;
		ExecutorService callers = Executors.newFixedThreadPool(threads);
		AtomicInteger answers = new AtomicInteger();
		Queue<Exception> failures = new ConcurrentLinkedQueue<>();
		AtomicBoolean stopped = new AtomicBoolean();
		for (int i = 0; i < threads; i++) {
			callers.execute(() -> {
				while (!stopped.get()) {
					try {
						post(gateway, 1000);
						answers.incrementAndGet();
					}
					catch (Exception ex) {
						failures.add(ex);
					}
				}
			});
		}
		await().atMost(SOON).until(() -> answers.get() > 300);
		instances.get(0).close();
		int before = answers.get();
		await().atMost(SOON).until(() -> answers.get() > before + 600);
		stopped.set(true);
		callers.shutdown();
		assertThat(callers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		assertThat(failures).hasSizeLessThanOrEqualTo(threads);
	}

	@Test
	void nothingIsMadeAgainAfterTheRequestWasSent() throws IOException {
		AtomicInteger received = new AtomicInteger();
		put("/services/orders/one", "127.0.0.1:" + hangingUp(received));
		put("/services/orders/two", "127.0.0.1:" + hangingUp(received));
		RestClient gateway = client(gateway(Routed.class, WITHOUT_EJECTION));
		assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> post(gateway, 1000));
		assertThat(received).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http-components", "jdk", "simple" })
	void uploadThatItsClientAbortsEjectsNoInstance(String client) throws IOException {
		register("one", "two", "three");
		ConfigurableApplicationContext application = gateway(Routed.class,
				"spring.http.clients.imperative.factory=" + client);
		int port = application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
		Calls calls = application.getBean(Calls.class);
		for (int i = 0; i < 3; i++) {
			try (Socket upload = new Socket(InetAddress.getLoopbackAddress(), port)) {
				upload.getOutputStream()
					.write("POST /orders HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n\r\nbegin"
						.getBytes(StandardCharsets.UTF_8));
			}
		}
		await().atMost(SOON).until(() -> calls.outcomes.size() == 3);
		assertThat(calls.outcomes).containsOnly(CompletionContext.Status.FAILED);
		assertThat(application.getBean(OutlierEjection.class).ejected()).isEmpty();
	}

	@Test
	void bodyThatWasReadBeforeConnectingIsNotSentAgain() throws IOException {
		register("dead", "dead");
		ConfigurableApplicationContext application = gateway(Buffering.class, WITHOUT_EJECTION);
		Calls calls = application.getBean(Calls.class);
		assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> post(client(application), 1000));
		assertThat(calls.outcomes).hasSize(1);
		assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> get(client(application)));
		assertThat(calls.outcomes).hasSize(3);
	}

	@ParameterizedTest
	@EnumSource
	void leavesRetriesToOthers(Leaving leaving) throws IOException {
		register("dead", "dead");
		ConfigurableApplicationContext application = gateway(Routed.class, WITHOUT_EJECTION, leaving.property);
		assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> get(client(application)));
		assertThat(application.getBean(Calls.class).outcomes).hasSize(leaving.calls);
	}

	@Test
	void callsOfAnotherRegistryAreNotMadeAgain() throws IOException {
		register("one");
		ConfigurableApplicationContext application = gateway(Routed.class,
				"spring.cloud.gateway.server.webmvc.routes[0].uri=lb://other",
				"spring.cloud.discovery.client.simple.instances.other[0].uri=http://127.0.0.1:" + unusedPort(),
				"spring.cloud.discovery.client.simple.instances.other[1].uri=http://127.0.0.1:" + unusedPort());
		assertThatExceptionOfType(HttpServerErrorException.class).isThrownBy(() -> get(client(application)));
		assertThat(application.getBean(Calls.class).outcomes).hasSize(1);
	}

	@Test
	void routeInJavaRetriesWithTheFilterOfTheStarter() throws IOException {
		register("one", "dead", "dead");
		RestClient gateway = client(gateway(RoutedInJava.class, WITHOUT_EJECTION));
		for (int i = 0; i < 12; i++) {
			assertThat(gateway.post().uri("/purchases").body("body").retrieve().body(String.class)).isEqualTo("4");
		}
	}

	/** Instances by name, {@code dead} for one that is registered but not there. */
	private List<HttpInstance> register(String... names) throws IOException {
		List<HttpInstance> instances = new ArrayList<>();
		int number = 0;
		for (String name : names) {
			if (name.equals("dead")) {
				put("/services/orders/dead" + (number++), "127.0.0.1:" + unusedPort());
				continue;
			}
			HttpInstance instance = HttpInstance.start();
			this.resources.add(instance);
			instances.add(instance);
			put("/services/orders/" + name, instance.address());
		}
		return instances;
	}

	/** An instance that reads a request and closes the connection. */
	private int hangingUp(AtomicInteger received) throws IOException {
		ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
		this.resources.add(server);
		Thread thread = new Thread(() -> {
			while (!server.isClosed()) {
				try (Socket connection = server.accept()) {
					if (connection.getInputStream().read(new byte[65536]) > 0) {
						received.incrementAndGet();
					}
				}
				catch (IOException ex) {
					// the client has gone, or the test is over
				}
			}
		}, "hanging-up");
		thread.setDaemon(true);
		thread.start();
		return server.getLocalPort();
	}

	private static int unusedPort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private ConfigurableApplicationContext gateway(Class<?> application, String... properties) {
		List<String> all = new ArrayList<>(List.of("libraries=gateway", "spring.cloud.etcd.discovery.register=false",
				"spring.cloud.gateway.server.webmvc.routes[0].id=orders",
				"spring.cloud.gateway.server.webmvc.routes[0].uri=lb://orders",
				"spring.cloud.gateway.server.webmvc.routes[0].predicates[0]=Path=/orders"));
		for (String property : properties) {
			all.removeIf((given) -> given.startsWith(property.substring(0, property.indexOf('=') + 1)));
			all.add(property);
		}
		ConfigurableApplicationContext context = start(application, "gateway", WebApplicationType.SERVLET,
				all.toArray(String[]::new));
		await().atMost(SOON).until(() -> !context.getBean(DiscoveryClient.class).getInstances("orders").isEmpty());
		return context;
	}

	private static RestClient client(ConfigurableApplicationContext gateway) {
		return RestClient.builder()
			.requestFactory(new SimpleClientHttpRequestFactory())
			.baseUrl("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port"))
			.build();
	}

	private static String get(RestClient client) {
		return String.valueOf(client.get().uri("/orders").retrieve().body(String.class));
	}

	private static String post(RestClient client, int length) {
		return String.valueOf(client.post().uri("/orders").body(new byte[length]).retrieve().body(String.class));
	}

	/**
	 * Reasons not to retry.
	 */
	private enum Leaving {

		DISABLED("spring.cloud.etcd.loadbalancer.retry.enabled=false", 1),

		RESILIENCE4J("resilience4j.retry.configs.default.max-attempts=2", 1),

		/** By default it retries answers with an error, but no refused connections. */
		RETRY_FILTER("spring.cloud.gateway.server.webmvc.routes[0].filters[0]=Retry=3", 1);

		private final String property;

		private final int calls;

		Leaving(String property, int calls) {
			this.property = property;
			this.calls = calls;
		}

	}

	/**
	 * Counts what the load balancer reports.
	 */
	static final class Calls implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

		private final AtomicInteger chosen = new AtomicInteger();

		private final AtomicInteger started = new AtomicInteger();

		private final Queue<CompletionContext.Status> outcomes = new ConcurrentLinkedQueue<>();

		@Override
		public void onStart(Request<Object> request) {
			this.chosen.incrementAndGet();
		}

		@Override
		public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
			this.started.incrementAndGet();
		}

		@Override
		public void onComplete(CompletionContext<Object, ServiceInstance, Object> call) {
			this.outcomes.add(call.status());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Calls.class)
	static class Routed {

	}

	@Configuration(proxyBeanMethods = false)
	static class RoutedInJava extends Routed {

		@Bean
		RouterFunction<ServerResponse> purchases() {
			return GatewayRouterFunctions.route("purchases")
				.POST("/purchases", HandlerFunctions.http())
				.filter(EtcdLoadBalancerFilterFunctions.lb("orders"))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Buffering extends Routed {

		@Bean
		ProxyExchange proxyExchange(GatewayMvcProperties properties) {
			return new ClientHttpRequestFactoryProxyExchange(new SimpleClientHttpRequestFactory(), properties);
		}

	}

}
