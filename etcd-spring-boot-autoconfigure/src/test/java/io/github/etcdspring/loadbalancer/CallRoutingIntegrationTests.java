package io.github.etcdspring.loadbalancer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.HttpInstances;
import io.github.etcdspring.fixture.LoadBalancedClient;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.RequestEntity;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Routing rules that change in etcd while an application in the zone {@code a} calls
 * instances with metadata.
 */
@ExtendWith(OutputCaptureExtension.class)
class CallRoutingIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final String KEY = "/config/shop/routing.yaml";

	private static final String URL = "http://greeting/";

	private static final Set<String> BASELINE = Set.of("stable-1", "stable-2");

	private static final Set<String> ALL = Set.of("stable-1", "stable-2", "canary", "branch");

	private static EtcdServer etcd;

	private static HttpInstances instances;

	private static ConfigurableApplicationContext shop;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		instances = new HttpInstances(etcd, "greeting");
		instances.startAndRegister("stable-1", Map.of("version", "1.4.0", "zone", "a"));
		instances.startAndRegister("stable-2", Map.of("version", "1.4.0", "zone", "a"));
		instances.startAndRegister("canary", Map.of("version", "2.0.0", "zone", "b"));
		instances.startAndRegister("branch", Map.of("version", "1.4.0", "zone", "a", "branch", "feature-7"));
		shop = run();
		await().atMost(SOON)
			.until(() -> shop.getBean(DiscoveryClient.class).getInstances("greeting").size() == ALL.size());
	}

	private static ConfigurableApplicationContext run(String... properties) {
		return Applications.plain(etcd, "shop", Clients.class)
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.register=false",
					// a slow machine must not change which instances are preferred
					"spring.cloud.etcd.loadbalancer.ejection.unanswered-after=0s",
					// leaves instances out of some calls at random
					"spring.cloud.etcd.loadbalancer.slow-start.duration=0s")
			.properties(properties)
			.run();
	}

	@AfterAll
	static void stop() {
		shop.close();
		instances.close();
		etcd.close();
	}

	@AfterEach
	void removeRules() {
		etcd.etcdctl("del", KEY);
		awaitRules((rules) -> rules.services().isEmpty() && rules.tags().isEmpty());
		assertThat(status().rejected()).isNull();
	}

	@ParameterizedTest
	@EnumSource
	void headerSelectsASubset(Client client) {
		Function<String, String> call = client.in(shop);
		putRules("""
				rules:
				- header: x-branch
				  to: canary
				""");
		assertThat(answers(call, "anything")).containsExactly("canary");
		assertThat(answers(call, null)).containsExactlyInAnyOrder("stable-1", "stable-2", "branch");
	}

	@ParameterizedTest
	@EnumSource
	void tagSelectsMyBranchOrElseTheBaseline(Client client) {
		Function<String, String> call = client.in(shop);
		putTag(false);
		assertThat(answers(call, "feature-7")).containsExactly("branch");
		assertThat(answers(call, "feature-8")).containsExactlyInAnyOrder("stable-1", "stable-2", "canary");
		assertThat(answers(call, null)).containsExactlyInAnyOrder("stable-1", "stable-2", "canary");
	}

	@Test
	void splitByVersionFollowsChanges() {
		Function<String, String> call = Client.REST_CLIENT.in(shop);
		putRules("""
				rules:
				- split:
				    stable: 100
				    canary: 0
				""");
		assertThat(answers(call, null)).doesNotContain("canary");
		putRules("""
				rules:
				- split:
				    stable: 0
				    canary: 100
				""");
		assertThat(answers(call, null)).containsExactly("canary");
		etcd.etcdctl("del", KEY);
		awaitRules((rules) -> rules.services().isEmpty());
		assertThat(answers(call, null)).isEqualTo(ALL);
	}

	@Test
	void zoneIsMetadata() {
		putRules("""
				rules:
				- to: far
				""");
		assertThat(answers(Client.REST_CLIENT.in(shop), null)).containsExactly("canary");
	}

	@Test
	void ruleComesBeforeTheOwnZone() {
		try (ConfigurableApplicationContext zoned = run("spring.cloud.loadbalancer.configurations=zone-preference",
				"spring.cloud.etcd.discovery.instance-zone=a")) {
			Function<String, String> call = Client.REST_CLIENT.in(zoned);
			await().atMost(SOON)
				.untilAsserted(() -> assertThat(answers(call, null)).hasSize(3).doesNotContain("canary"));
			putRules("""
					rules:
					- header: x-branch
					  to: canary
					""");
			await().atMost(SOON).until(() -> answers(call, "anything").equals(Set.of("canary")));
			assertThat(answers(call, null)).hasSize(3).doesNotContain("canary");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "to: unknown", "header: x-branch", "split: {stable: 95, canary: 6}",
			"split: {stable: 95, unknown: 5}", "{heder: x-branch, to: canary}" })
	void impossibleRuleIsRejectedWithKeyAndReason(String rule) {
		Function<String, String> call = Client.REST_CLIENT.in(shop);
		putRules("""
				rules:
				- to: canary
				""");
		etcd.etcdctl("put", KEY, yaml("rules:\n- " + rule + "\n"));
		await().atMost(SOON).until(() -> status().rejected() != null);
		assertThat(status().rejected().key()).isEqualTo(KEY);
		assertThat(status().rejected().reason())
			.contains("spring.cloud.etcd.loadbalancer.routing.services.greeting.rules[0].")
			.containsAnyOf("split.canary must add up to 100", "to must be a subset of the service",
					"to must be set if there is no split", "split.unknown must be a subset of the service",
					"has no such property");
		assertThat(answers(call, null)).containsExactly("canary");
	}

	@Test
	void impossibleRuleFailsTheStartWithKeyAndReason(CapturedOutput output) {
		etcd.etcdctl("put", "/config/broken/routing.yaml", yaml("rules:\n- to: unknown\n"));
		assertThatException()
			.isThrownBy(() -> Applications.plain(etcd, "broken").properties("spring.config.import=etcd:").run());
		assertThat(output).contains("etcd key /config/broken/routing.yaml",
				"rules[0].to must be a subset of the service");
	}

	@Test
	void failedCallIsMadeAgainWithinTheSubsetOrElseAsTheNextRuleSays() {
		Function<String, String> call = Client.REST_TEMPLATE.in(shop);
		putRules("""
				rules:
				- header: x-branch
				  to: stable
				- to: canary
				""");
		instances.kill("stable-1", "branch");
		try {
			assertThat(answers(call, "anything")).containsExactly("stable-2");
			instances.kill("stable-2");
			assertThat(answers(call, "anything")).containsExactly("canary");
		}
		finally {
			instances.start("stable-1", "stable-2", "branch");
			instances.register("stable-1", "stable-2", "branch");
		}
		await().atMost(SOON).until(() -> answers(call, "anything").containsAll(BASELINE));
	}

	@Test
	void requiredTargetWithoutInstanceFailsTheCall() {
		Function<String, String> call = Client.REST_TEMPLATE.in(shop);
		putTag(true);
		assertThat(answers(call, "feature-7")).containsExactly("branch");
		assertThatException().isThrownBy(() -> call.apply("feature-8")).withMessageContaining("greeting");
		assertThat(answers(call, null)).doesNotContain("branch");
	}

	@Test
	void requiredTargetThatCannotBeReachedIsCalledNevertheless() {
		Function<String, String> call = Client.REST_TEMPLATE.in(shop);
		putTag(true);
		instances.kill("branch");
		try {
			assertThatException().isThrownBy(() -> call.apply("feature-7"));
			assertThat(answers(call, null)).doesNotContain("branch");
		}
		finally {
			instances.start("branch");
		}
		assertThat(answers(call, "feature-7")).containsExactly("branch");
	}

	private static void putRules(String rules) {
		EtcdRoutingProperties former = properties();
		etcd.etcdctl("put", KEY, yaml(rules));
		awaitRules((current) -> current != former && !current.services().isEmpty());
	}

	private static String yaml(String rules) {
		String service = """
				subsets:
				  stable:
				    version: 1.4.0
				  canary:
				    version: 2.0.0
				  far:
				    zone: b
				""" + rules;
		return "spring.cloud.etcd.loadbalancer.routing.services:\n  greeting:\n" + service.indent(4);
	}

	private static void putTag(boolean required) {
		etcd.etcdctl("put", KEY, """
				spring.cloud.etcd.loadbalancer.routing.tags:
				  branch:
				    header: x-branch
				    required: %s
				""".formatted(required));
		awaitRules((rules) -> !rules.tags().isEmpty());
	}

	private static void awaitRules(Predicate<EtcdRoutingProperties> condition) {
		await().atMost(SOON).until(() -> condition.test(properties()));
	}

	private static EtcdRoutingProperties properties() {
		return shop.getBean(CallRouting.class).properties();
	}

	private static ConfigurationStatus status() {
		return shop.getBean(ConfigRefresh.class).status();
	}

	/**
	 * Each instance that can be chosen is, as round robin has more calls than instances.
	 */
	private static Set<String> answers(Function<String, String> call, String branch) {
		return IntStream.range(0, 12).mapToObj((i) -> call.apply(branch)).collect(Collectors.toSet());
	}

	/**
	 * The clients, which send a header.
	 */
	enum Client {

		REST_TEMPLATE {
			@Override
			Function<String, String> in(ApplicationContext application) {
				RestTemplate template = application.getBean(RestTemplate.class);
				return (branch) -> template
					.exchange(RequestEntity.get(URL).headers((headers) -> set(headers, branch)).build(), String.class)
					.getBody();
			}
		},

		REST_CLIENT {
			@Override
			Function<String, String> in(ApplicationContext application) {
				RestClient client = application.getBean(RestClient.Builder.class).build();
				return (branch) -> client.get()
					.uri(URL)
					.headers((headers) -> set(headers, branch))
					.retrieve()
					.body(String.class);
			}
		},

		WEB_CLIENT {
			@Override
			Function<String, String> in(ApplicationContext application) {
				WebClient client = application.getBean(WebClient.Builder.class).build();
				return (branch) -> client.get()
					.uri(URL)
					.headers((headers) -> set(headers, branch))
					.retrieve()
					.bodyToMono(String.class)
					.block(Duration.ofMinutes(1));
			}
		},

		HTTP_INTERFACE {
			@Override
			Function<String, String> in(ApplicationContext application) {
				return application.getBean(RoutedService.class)::whoAnswers;
			}
		};

		abstract Function<String, String> in(ApplicationContext application);

		static void set(HttpHeaders headers, String branch) {
			if (branch != null) {
				headers.put("x-branch", List.of(branch));
			}
		}

	}

	interface RoutedService {

		@GetExchange("/")
		String whoAnswers(@RequestHeader(name = "x-branch", required = false) String branch);

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LoadBalancedClient.Clients.class)
	@ImportHttpServices(group = "greeting", types = RoutedService.class)
	static class Clients {

	}

}
