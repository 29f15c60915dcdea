package io.github.etcdspring.sample.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skyscreamer.jsonassert.JSONAssert;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests discovery, routes, retries and circuit breaker of the gateway with a real etcd.
 */
class GatewayIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(15);

	/** Twice the TTL plus one second, for a busy machine. */
	private static final Duration GONE = Duration.ofSeconds(12);

	private static final String ROUTES = "/config/gateway/routes.yaml";

	private static final Pattern INSTANCE = Pattern.compile("\"instance\":\"([^\"]+)\"");

	private static final HttpClient HTTP = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.proxy(HttpClient.Builder.NO_PROXY)
		.build();

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext gateway;

	private static MinimalProvider provider;

	@TempDir
	private Path directory;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		provider = MinimalProvider.start(etcd, "greeting", "one");
		gateway = SpringApplication.run(GatewayApplication.class, "--server.port=0",
				"--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
				"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s");
		await().atMost(SOON).until(() -> status("/greeting/greeting") == 200);
	}

	@AfterAll
	static void stop() {
		gateway.close();
		provider.close();
		etcd.close();
	}

	@AfterEach
	void deleteRoutes() {
		etcd.etcdctl("del", "--prefix", "/config/");
		await().atMost(SOON).until(() -> status("/hello") == 404 && status("/hi") == 404);
	}

	@Test
	void routesToEachServiceByItsName() {
		assertThat(answering("/greeting/greeting")).isEqualTo("one");
		assertThat(status("/nobody/greeting")).isEqualTo(404);
		assertThat(get("/actuator/gateway/routes").body()).contains("service-greeting")
			.doesNotContain("service-gateway");
	}

	@Test
	void registersItselfWithoutARoute() {
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/services/gateway/")).isNotBlank();
		assertThat(status("/gateway/actuator/health")).isEqualTo(404);
	}

	@Test
	void addsAndRemovesRouteOfService() {
		try (MinimalProvider newcomer = MinimalProvider.start(etcd, "newcomer", "first")) {
			await().atMost(SOON).until(() -> answering("/newcomer/greeting").equals("first"));
		}
		await().atMost(SOON).until(() -> status("/newcomer/greeting") == 404);
	}

	@Test
	void callsNewInstance() {
		try (MinimalProvider another = MinimalProvider.start(etcd, "greeting", "two")) {
			await().atMost(SOON).until(() -> answering("/greeting/greeting", 4).equals(Set.of("one", "two")));
		}
		await().atMost(SOON).until(() -> answering("/greeting/greeting", 4).equals(Set.of("one")));
	}

	@Test
	void killedInstanceFailsNoCallAndIsRemovedAfterItsTtl() throws Exception {
		try (ProviderProcess process = ProviderProcess.start(etcd.endpoint(), "greeting", "killed",
				this.directory.resolve("killed.log").toFile())) {
			await().atMost(Duration.ofSeconds(60)).until(() -> answering("/greeting/greeting", 4).contains("killed"));
			process.kill();
			List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
			await().atMost(GONE).pollInterval(Duration.ofMillis(100)).until(() -> {
				IntStream.range(0, 10).forEach((call) -> calls.add(send("/greeting/greeting")));
				return isGone("killed");
			});
			assertThat(calls).extracting(CompletableFuture::join).allMatch((response) -> response.statusCode() == 200);
			assertThat(answering("/greeting/greeting", 10)).containsExactly("one");
		}
	}

	private static boolean isGone(String instance) {
		return !etcd.etcdctl("get", "--prefix", "--keys-only", "/services/greeting/").contains(instance);
	}

	@Test
	void appliesRouteChanges() {
		etcd.etcdctl("put", ROUTES, routes("/hello", "SetPath=/greeting"));
		await().atMost(SOON).until(() -> status("/hello") == 200);
		etcd.etcdctl("put", ROUTES, routes("/hi", "SetPath=/greeting"));
		await().atMost(SOON).until(() -> status("/hi") == 200);
		assertThat(status("/hello")).isEqualTo(404);
		etcd.etcdctl("del", ROUTES);
		await().atMost(SOON).until(() -> status("/hi") == 404);
	}

	@Test
	void readsRouteFromSingleKeys() {
		String route = "/config/gateway/spring/cloud/gateway/server/webflux/routes[0]/";
		etcd.putTogether(Map.of(route + "id", "hello", route + "uri", "lb://greeting", route + "predicates[0]",
				"Path=/hello", route + "filters[0]", "SetPath=/greeting"));
		await().atMost(SOON).until(() -> status("/hello") == 200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "NoSuchFilter=1", "SetStatus=of no kind", "Retry=many", "RewritePath=(,x" })
	void rejectsInvalidRouteAndKeepsTheLastValidOnes(String filter) {
		etcd.etcdctl("put", ROUTES, routes("/hello", "SetPath=/greeting"));
		await().atMost(SOON).until(() -> status("/hello") == 200);
		etcd.etcdctl("put", ROUTES, routes("/hi", filter));
		await().atMost(SOON).until(() -> get("/actuator/health").body().contains("routes[0].filters[0]"));
		// A new service makes the gateway rebuild its routes
		try (MinimalProvider newcomer = MinimalProvider.start(etcd, "newcomer", "first")) {
			await().atMost(SOON).until(() -> answering("/newcomer/greeting").equals("first"));
		}
		assertThat(status("/hello")).isEqualTo(200);
		assertThat(status("/hi")).isEqualTo(404);
		etcd.etcdctl("put", ROUTES, routes("/hi", "SetPath=/greeting"));
		await().atMost(SOON).until(() -> status("/hi") == 200);
		assertThat(get("/actuator/health").body()).doesNotContain("routes[0]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "routes[0].predicates[0]", "routes[0].uri", "default-filters[0]" })
	void reportsInvalidPropertyAndChangesNothing(String property) {
		String gatewayProperties = "/config/gateway/spring/cloud/gateway/server/webflux/";
		String route = gatewayProperties + "routes[0]/";
		Map<String, String> keys = new HashMap<>(Map.of(route + "id", "hello", route + "uri", "lb://greeting",
				route + "predicates[0]", "Path=/hello", gatewayProperties + "default-filters[0]", "SetPath=/greeting"));
		String key = gatewayProperties + property.replace("].", "]/");
		keys.put(key, "localhost:80");
		etcd.putTogether(keys);
		await().atMost(SOON).until(() -> get("/actuator/health").body().contains("webflux." + property));
		assertThat(get("/actuator/health").body()).contains("\"key\":\"" + key + "\"");
		assertThat(answering("/greeting/greeting")).isEqualTo("one");
		assertThat(status("/hello")).isEqualTo(404);
	}

	@Test
	void ignoresInvalidRouteIfConfigured() {
		etcd.etcdctl("put", ROUTES, routes("/hi", "NoSuchFilter=1"));
		etcd.etcdctl("put", "/config/gateway/lenient.yaml",
				"spring.cloud.gateway.server.webflux.fail-on-route-definition-error: false");
		await().atMost(SOON).until(() -> !get("/actuator/health").body().contains("routes[0]"));
		assertThat(status("/hi")).isEqualTo(404);
		try (MinimalProvider newcomer = MinimalProvider.start(etcd, "newcomer", "first")) {
			await().atMost(SOON).until(() -> answering("/newcomer/greeting").equals("first"));
		}
	}

	@Test
	void respondsWithProblemDetailIfNoInstanceIsAvailable() throws IOException {
		etcd.etcdctl("put", ROUTES, routes("/hello", "SetPath=/greeting").replace("lb://greeting", "lb://nobody"));
		await().atMost(SOON).until(() -> status("/hello") == 503);
		HttpResponse<String> response = get("/hello");
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		assertThat(GatewayDocumentationTests.snippets("json")).singleElement()
			.satisfies((shown) -> JSONAssert.assertEquals(shown, response.body(), true));
	}

	@Test
	void acceptsManyConcurrentCalls() {
		try (MinimalProvider busy = MinimalProvider.start(etcd, "busy", "first")) {
			await().atMost(SOON).until(() -> status("/busy/greeting") == 200);
			List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, MinimalProvider.CONCURRENT_CALLS)
				.mapToObj((call) -> send("/busy/concurrent"))
				.toList();
			assertThat(calls).extracting(CompletableFuture::join)
				.extracting(HttpResponse::statusCode)
				.containsOnly(200);
		}
	}

	@Test
	void opensAndClosesCircuitBreaker() {
		MinimalProvider failing = MinimalProvider.start(etcd, "failing", "first");
		try {
			await().atMost(SOON).until(() -> status("/failing/greeting") == 200);
			failing.fail();
			await().atMost(SOON).until(() -> {
				assertThat(get("/failing/greeting")).satisfies((response) -> {
					assertThat(response.statusCode()).isEqualTo(503);
					assertThat(response.body()).contains("No response from failing");
				});
				return state("service-failing").equals("open");
			});
			assertThat(get("/failing/greeting").body()).contains("is OPEN");
			try (MinimalProvider other = MinimalProvider.start(etcd, "failing", "second")) {
				await().atMost(SOON).until(() -> answering("/failing/greeting").equals("second"));
				await().atMost(SOON).until(() -> {
					status("/failing/greeting");
					return state("service-failing").equals("closed");
				});
			}
		}
		finally {
			failing.close();
		}
	}

	@Test
	void sendsCallsByHeaderToASubset() {
		try (MinimalProvider stable = MinimalProvider.start(etcd, "versioned", "stable");
				MinimalProvider canary = MinimalProvider.start(etcd, "versioned", "canary")) {
			stable.registerVersion("1.4.0");
			canary.registerVersion("2.0.0");
			await().atMost(SOON).until(() -> answering("/versioned/greeting", 4).equals(Set.of("stable", "canary")));
			etcd.etcdctl("put", "/config/gateway/routing.yaml", """
					spring.cloud.etcd.loadbalancer.routing.services:
					  versioned:
					    subsets:
					      canary:
					        version: 2.0.0
					    rules:
					    - header: x-canary
					      to: canary
					""");
			await().atMost(SOON).until(() -> answering("/versioned/greeting", 4).equals(Set.of("stable")));
			for (int i = 0; i < 4; i++) {
				assertThat(instance(send("/versioned/greeting", "x-canary", "true").join())).isEqualTo("canary");
			}
		}
	}

	private static String state(String breaker) {
		for (String state : List.of("open", "half_open", "closed")) {
			String metric = get(
					"/actuator/metrics/resilience4j.circuitbreaker.state?tag=name:" + breaker + "&tag=state:" + state)
				.body();
			if (metric.contains("\"value\":1.0")) {
				return state;
			}
		}
		return "unknown";
	}

	private static String routes(String path, String filter) {
		try {
			return Files.readString(Path.of("src/test/resources/routes.yaml"))
				.replace("Path=/hello", "Path=" + path)
				.replace("SetPath=/greeting", filter);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Set<String> answering(String path, int calls) {
		Set<String> answering = new HashSet<>();
		for (int i = 0; i < calls; i++) {
			answering.add(answering(path));
		}
		return answering;
	}

	private static String answering(String path) {
		return instance(get(path));
	}

	private static String instance(HttpResponse<String> response) {
		Matcher matcher = INSTANCE.matcher(response.body());
		return (matcher.find()) ? matcher.group(1) : "nobody";
	}

	private static int status(String path) {
		return get(path).statusCode();
	}

	private static HttpResponse<String> get(String path) {
		return send(path).join();
	}

	private static CompletableFuture<HttpResponse<String>> send(String path, String... headers) {
		URI uri = URI.create("http://127.0.0.1:" + gateway.getEnvironment().getProperty("local.server.port") + path);
		HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(SOON);
		if (headers.length > 0) {
			request.headers(headers);
		}
		return HTTP.sendAsync(request.build(), BodyHandlers.ofString());
	}

}
