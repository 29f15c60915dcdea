package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * The dashboard and the alerts use the meters as Prometheus reads them.
 */
class PrometheusIntegrationTests extends AbstractCompatibilityTests {

	private static final Path MONITORING = Path.of("../docs/monitoring");

	private static final Path DASHBOARD = MONITORING.resolve("grafana-dashboard.json");

	private static final Path ALERTS = MONITORING.resolve("alerts.yml");

	private static final Duration SOON = Duration.ofSeconds(60);

	private static final Pattern SAMPLE = Pattern.compile("(?m)^(etcd_\\w+)(?:\\{(.*)})? \\S+$");

	private static final Pattern METRIC = Pattern.compile("\\b(etcd_\\w+)(?:\\{([^}]*)})?");

	/** Labels that Prometheus adds to each target. */
	private static final Set<String> TARGET = Set.of("job", "instance");

	@Test
	void dashboardAndAlertsUseMetricsThatExistAndTheDashboardUsesAll() throws IOException {
		Map<String, Set<String>> metrics = scrape();
		assertThatQueriesUseOnly(metrics);
		Set<String> shown = new HashSet<>();
		panels().forEach(
				(panel) -> matches(METRIC, panel.expression()).forEach((metric) -> shown.add(meter(metric.group(1)))));
		Set<String> existing = new TreeSet<>();
		metrics.keySet().forEach((metric) -> existing.add(meter(metric)));
		assertThat(shown).containsExactlyInAnyOrderElementsOf(existing);
	}

	private static void assertThatQueriesUseOnly(Map<String, Set<String>> metrics) throws IOException {
		List<Query> queries = new ArrayList<>(panels());
		queries.addAll(alerts());
		assertThat(queries).hasSizeGreaterThan(30);
		for (Query query : queries) {
			Set<String> known = new HashSet<>(TARGET);
			for (MatchResult metric : matches(METRIC, query.expression())) {
				Set<String> labels = metrics.get(metric.group(1));
				assertThat(labels).as(metric.group() + " of " + query).isNotNull();
				known.addAll(labels);
				List<String> selected = names("(\\w+)(?:=~|!=|!~|=)\"", String.valueOf(metric.group(2)));
				selected.removeAll(TARGET);
				assertThat(labels).as(metric.group()).containsAll(selected);
			}
			assertThat(known).as(query.toString()).containsAll(query.labels());
		}
	}

	/** A timer is several metrics. */
	private static String meter(String metric) {
		return metric.replaceFirst("_seconds_(count|sum|max|gcount|gsum)$", "_seconds");
	}

	@Test
	void alertsHaveASeverityAndAnExplanation() throws IOException {
		assertThat(alerts()).extracting(Query::title).doesNotHaveDuplicates();
		for (Map<String, Object> rule : rules()) {
			assertThat(rule).containsKeys("alert", "expr").extractingByKey("labels").asString().contains("severity=");
			assertThat(rule).extractingByKey("annotations").asString().contains("summary=", "description=");
		}
	}

	@Test
	void prometheusParsesTheConfigurationTheAlertsAndAllQueries(@TempDir Path directory) throws Exception {
		assumeThat(isInstalled()).as("promtool is installed").isTrue();
		String page = Files.readString(Path.of("../docs/observability.md"));
		String configuration = page.substring(page.indexOf("scrape_configs:"));
		assertThat(check("config", Files.writeString(directory.resolve("prometheus.yml"),
				configuration.substring(0, configuration.indexOf("```")))))
			.contains("SUCCESS");
		assertThat(check("rules", ALERTS)).contains("SUCCESS");
		StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
		int number = 0;
		for (Query panel : panels()) {
			String expression = panel.expression().replace("$__rate_interval", "5m").replace("'", "''");
			rules.append("  - record: query_" + number++ + "\n    expr: '" + expression + "'\n");
		}
		assertThat(check("rules", Files.writeString(directory.resolve("dashboard.yml"), rules))).contains("SUCCESS");
	}

	private static boolean isInstalled() {
		return Arrays.stream(System.getenv("PATH").split(":", -1))
			.anyMatch((directory) -> Files.isExecutable(Path.of(directory, "promtool")));
	}

	private static String check(String type, Path file) throws IOException, InterruptedException {
		Process promtool = new ProcessBuilder("promtool", "check", type, file.toString()).redirectErrorStream(true)
			.start();
		String output = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(promtool.waitFor(10, TimeUnit.SECONDS)).isTrue();
		return output;
	}

	/** Reads all meters of an application that has changed, rejected and ejected. */
	private Map<String, Set<String>> scrape() {
		ConfigurableApplicationContext shop = start(Shop.class, "shop", WebApplicationType.SERVLET,
				"libraries=prometheus", "management.endpoints.web.exposure.include=prometheus");
		RestClient client = RestClient
			.create("http://127.0.0.1:" + shop.getEnvironment().getProperty("local.server.port"));
		put("/config/shop/greeting", "hello");
		put("/services/closed/one", "127.0.0.1:1");
		RestClient balanced = shop.getBean(RestClient.Builder.class).build();
		DiscoveryClient discovery = shop.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> !discovery.getInstances("closed").isEmpty());
		assertThatException().isThrownBy(() -> balanced.get().uri("http://closed/").retrieve().toBodilessEntity());
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(read(client)).contains("etcd_loadbalancer_ejections_total",
					"etcd_config_refresh_seconds_count"));
		Map<String, Set<String>> metrics = new HashMap<>();
		for (MatchResult sample : matches(SAMPLE, read(client))) {
			metrics.computeIfAbsent(sample.group(1), (name) -> new HashSet<>())
				.addAll(names("(\\w+)=\"", String.valueOf(sample.group(2))));
		}
		return metrics;
	}

	private static String read(RestClient client) {
		return client.get().uri("/actuator/prometheus").retrieve().body(String.class);
	}

	private static List<Query> panels() throws IOException {
		List<Query> panels = new ArrayList<>();
		JsonNode dashboard = new ObjectMapper().readTree(DASHBOARD.toFile());
		for (JsonNode panel : dashboard.get("panels")) {
			for (JsonNode target : panel.path("targets")) {
				panels.add(Query.of(panel.get("title").asText(), target.get("expr").asText(),
						names("\\{\\{(\\w+)}}", target.get("legendFormat").asText())));
			}
		}
		for (JsonNode variable : dashboard.at("/templating/list")) {
			if (variable.get("type").asText().equals("query")) {
				Matcher values = Pattern.compile("label_values\\((.*), (\\w+)\\)")
					.matcher(variable.get("definition").asText());
				assertThat(values.matches()).isTrue();
				panels.add(Query.of(variable.get("name").asText(), values.group(1), List.of(values.group(2))));
			}
		}
		return panels;
	}

	private static List<Query> alerts() throws IOException {
		List<Query> alerts = new ArrayList<>();
		for (Map<String, Object> rule : rules()) {
			alerts.add(Query.of(String.valueOf(rule.get("alert")), String.valueOf(rule.get("expr")),
					names("\\$labels\\.(\\w+)", String.valueOf(rule.get("annotations")))));
		}
		return alerts;
	}

	private static List<Map<String, Object>> rules() throws IOException {
		Map<String, List<Map<String, List<Map<String, Object>>>>> file = new Yaml().load(Files.readString(ALERTS));
		return file.get("groups").stream().flatMap((group) -> group.get("rules").stream()).toList();
	}

	private static List<String> names(String pattern, String text) {
		return new ArrayList<>(
				matches(Pattern.compile(pattern), text).stream().map((match) -> match.group(1)).toList());
	}

	private static List<MatchResult> matches(Pattern pattern, String text) {
		return pattern.matcher(text).results().toList();
	}

	/**
	 * A query of a panel or an alert.
	 *
	 * @param title title of the panel or name of the alert
	 * @param expression the query
	 * @param labels labels by which it aggregates or that its texts contain
	 */
	private record Query(String title, String expression, List<String> labels) {

		static Query of(String title, String expression, List<String> texts) {
			List<String> labels = new ArrayList<>(texts);
			for (MatchResult by : matches(Pattern.compile("by \\(([^)]*)\\)"), expression)) {
				labels.addAll(List.of(by.group(1).split(",\\s*")));
			}
			return new Query(title, expression, labels);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder(RestClientBuilderConfigurer configurer) {
			return configurer.configure(RestClient.builder());
		}

	}

}
