package io.github.etcdspring.sample;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.github.etcdspring.test.TestEtcd;
import io.github.etcdspring.test.TestServiceInstance;
import io.github.etcdspring.test.WithEtcd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
@WithEtcd(timeout = "60s")
class SampleApplicationIntegrationTests {

	private static final String USER = "operator";

	private static final String PASSWORD = "of the operator";

	private static String endpoint;

	private static ConfigurableApplicationContext shop;

	private static RestClient http;

	@BeforeAll
	static void startShop(TestEtcd etcd) {
		endpoint = etcd.endpoint();
		shop = start("consumer");
		http = RestClient.create("http://127.0.0.1:" + shop.getEnvironment().getProperty("local.server.port"));
	}

	@AfterAll
	static void stopShop() {
		shop.close();
	}

	@Test
	void shopCallsAllProviders() {
		try (ConfigurableApplicationContext one = start("provider");
				ConfigurableApplicationContext other = start("provider")) {
			Set<String> started = Set.of(instanceOf(one), instanceOf(other));
			await().atMost(Duration.ofSeconds(10)).until(() -> known().containsAll(started));
			Set<String> answering = new HashSet<>();
			// The provider that started last gets few calls at first: slow start
			await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
				answering.add(greet().instance());
				assertThat(answering).isEqualTo(started);
			});
		}
	}

	@Test
	void shopDoesNotCallStoppedProvider() {
		try (ConfigurableApplicationContext staying = start("provider")) {
			ConfigurableApplicationContext leaving = start("provider");
			String left = instanceOf(leaving);
			await().atMost(Duration.ofSeconds(10)).until(() -> known().contains(left));
			leaving.close();
			await().atMost(Duration.ofSeconds(10)).until(() -> !known().contains(left));
			assertThat(known()).contains(instanceOf(staying));
			assertThat(greet().instance()).isEqualTo(instanceOf(staying));
		}
	}

	@Test
	void greetingFollowsConfigurationChanges(TestEtcd etcd) {
		try (ConfigurableApplicationContext provider = start("provider")) {
			String started = instanceOf(provider);
			await().atMost(Duration.ofSeconds(10)).until(() -> known().contains(started));
			assertThat(greet().message()).isEqualTo("Hello");
			TestEtcd etcdOfProvider = etcd.forApplication(provider);
			etcdOfProvider.put("/config/greeting/greeting/message", "Good morning").awaitApplied();
			assertThat(greet().message()).isEqualTo("Good morning");
			etcdOfProvider.delete("/config/greeting/greeting/message").awaitApplied();
			assertThat(greet().message()).isEqualTo("Hello");
		}
	}

	@Test
	void shopRespondsWithBadGatewayForAnUnreachableInstance(TestEtcd etcd) {
		TestServiceInstance unreachable = etcd.forApplication(shop).register("greeting", "127.0.0.1", 1);
		try (unreachable) {
			unreachable.awaitDiscovered();
			assertThatExceptionOfType(HttpServerErrorException.class)
				.isThrownBy(SampleApplicationIntegrationTests::greet)
				.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY))
				.withMessageContaining("No response from greeting");
		}
		unreachable.awaitRemoved();
	}

	@Test
	void boardShowsNoValues(TestEtcd etcd) {
		etcd.put("/config/shop/password", "kept");
		await().atMost(Duration.ofSeconds(10)).until(() -> configurationOnTheBoard().contains("/config/shop/password"));
		assertThat(configurationOnTheBoard()).doesNotContain("kept");
	}

	@Test
	void consoleRequiresALogin() {
		for (String path : List.of("/etcd-console", "/etcd-console/", "/etcd-console/dom.js")) {
			String response = http.get()
				.uri(path)
				.exchange((request, answer) -> answer.getStatusCode().value() + " to "
						+ answer.getHeaders().getLocation().getPath());
			assertThat(response).as(path).isEqualTo("302 to /login");
		}
		for (String path : List.of("session", "events", "services", "key?key=/config/shop/word", "history")) {
			assertThat(statusOf(http.get().uri("/etcd-console/api/" + path))).as(path).isEqualTo(401);
		}
		assertThat(statusOf(
				http.post().uri("/etcd-console/api/changes/write").headers(SampleApplicationIntegrationTests::trust)))
			.isEqualTo(401);
		assertThat(http.get()
			.uri("/etcd-console/api/session")
			.headers((headers) -> headers.setBasicAuth(USER, PASSWORD))
			.retrieve()
			.body(String.class)).contains("\"user\":\"operator\"", "OPERATOR");
	}

	private static void trust(HttpHeaders headers) {
		headers.set("Cookie", "XSRF-TOKEN=0d5b8e6c-6f6f-4c43-9d5c-0d3f5a0c4f0e");
		headers.set("X-XSRF-TOKEN", "0d5b8e6c-6f6f-4c43-9d5c-0d3f5a0c4f0e");
	}

	@Test
	void boardSharesOnlyStaticFilesWithTheConsole() {
		for (String path : List.of("/dom.js", "/base.css", "/board.js")) {
			assertThat(statusOf(http.get().uri(path))).as(path).isEqualTo(200);
		}
		for (String path : List.of("/api/session", "/api/events", "/ConsoleRouter.class", "/../ConsoleRouter.class",
				"/pages/dom.js")) {
			assertThat(statusOf(http.get().uri(path))).as(path).isIn(400, 404);
		}
	}

	@Test
	void boardCreatesNoSession() {
		for (String path : List.of("/", "/instances", "/login")) {
			assertThat(http.get().uri(path).retrieve().toBodilessEntity().getHeaders().get("Set-Cookie")).as(path)
				.noneMatch((cookie) -> cookie.startsWith("JSESSIONID"));
		}
	}

	private static int statusOf(RestClient.RequestHeadersSpec<?> request) {
		return request.exchange((sent, response) -> response.getStatusCode().value());
	}

	private static String configurationOnTheBoard() {
		return http.get().uri("/board/events").exchange((request, response) -> {
			try (BufferedReader lines = new BufferedReader(
					new InputStreamReader(response.getBody(), StandardCharsets.UTF_8))) {
				String line = lines.readLine();
				while (!line.equals("event:configuration")) {
					line = lines.readLine();
				}
				return lines.readLine();
			}
		});
	}

	@Test
	void boardIsServedByTheShopOnlyAndLoadsNothingFromOtherSites() {
		assertThat(http.get().uri("/").retrieve().toEntity(String.class)).satisfies((page) -> {
			assertThat(page.getBody()).contains("<title>Shop · live board</title>")
				.doesNotContain("style=", "<style", "<script>", "onclick", "http://", "https://");
			assertThat(page.getHeaders().getFirst("Content-Security-Policy")).contains("default-src 'self'",
					"frame-ancestors 'none'");
		});
		try (ConfigurableApplicationContext provider = start("provider")) {
			RestClient other = RestClient
				.create("http://127.0.0.1:" + provider.getEnvironment().getProperty("local.server.port"));
			for (String path : List.of("/", "/index.html", "/board.js", "/dom.js", "/board/events", "/etcd-console/",
					"/etcd-console/api/session", "/login")) {
				assertThat(statusOf(other.get().uri(path))).as(path).isEqualTo(404);
			}
			assertThat(other.get().uri("/greeting").retrieve().body(Greeting.class)).isNotNull();
		}
	}

	@Test
	void requiresNoLogin(CapturedOutput output) {
		assertThat(http.get().uri("/actuator/health").retrieve().body(String.class)).contains("etcd");
		try (ConfigurableApplicationContext provider = start("provider")) {
			assertThat(statusOf(http.post().uri("/actuator/serviceregistry").body(Map.of("status", "UP"))))
				.isEqualTo(200);
			assertThat(provider.getBeanNamesForType(UserDetailsService.class)).isEmpty();
		}
		assertThat(output).doesNotContain("generated security password");
	}

	private static Greeting greet() {
		return http.get().uri("/greeting").retrieve().body(Greeting.class);
	}

	private static Set<String> known() {
		Map<String, List<ShopController.Instance>> services = http.get()
			.uri("/instances")
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
		return services.getOrDefault("greeting", List.of())
			.stream()
			.map(ShopController.Instance::instance)
			.collect(Collectors.toSet());
	}

	private static String instanceOf(ConfigurableApplicationContext application) {
		return application.getBean(Registration.class).getInstanceId();
	}

	private static ConfigurableApplicationContext start(String profile) {
		return new SpringApplicationBuilder(SampleApplication.class).profiles(profile)
			.run("--server.port=0", "--spring.cloud.etcd.endpoints=" + endpoint,
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=100ms",
					"--spring.security.user.password=" + PASSWORD);
	}

}
