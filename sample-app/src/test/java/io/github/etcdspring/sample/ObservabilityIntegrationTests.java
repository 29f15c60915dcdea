package io.github.etcdspring.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.etcdspring.test.TestEtcd;
import io.github.etcdspring.test.WithEtcd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Compares the responses in the documentation with those of the sample.
 */
@WithEtcd(timeout = "60s")
class ObservabilityIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final ObjectMapper JSON = new ObjectMapper();

	private static ConfigurableApplicationContext greeting;

	private static List<JsonNode> shown;

	@BeforeAll
	static void start(TestEtcd etcd) throws IOException {
		greeting = new SpringApplicationBuilder(SampleApplication.class).profiles("provider")
			.run("--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s");
		await().atMost(SOON).until(() -> read("etcd").at("/registrations/0/state").asText().equals("REGISTERED"));
		etcd.forApplication(greeting).put("/config/greeting/greeting/message", "Good morning").awaitApplied();
		await().atMost(SOON).until(() -> read("etcd").at("/configuration").has("lastApplied"));
		shown = Pattern.compile("^```json\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("../docs/observability.md")))
			.results()
			.map((snippet) -> parse(snippet.group(1)))
			.toList();
	}

	@AfterAll
	static void stop() {
		greeting.close();
	}

	@Test
	void endpointMatchesTheDocumentation() {
		await().atMost(SOON).until(() -> read("etcd").at("/cluster/problems").isEmpty());
		assertThat(shown).anySatisfy((snippet) -> assertThat(paths(snippet)).isEqualTo(paths(read("etcd"))));
	}

	@Test
	void healthMatchesTheDocumentation() {
		await().atMost(SOON).until(() -> read("health/etcd").at("/components/cluster/status").asText().equals("UP"));
		assertThat(shown).anySatisfy((snippet) -> assertThat(paths(snippet.path("components")))
			.isEqualTo(paths(read("health/etcd").path("components"))));
	}

	@Test
	void metricsMatchTheDocumentation() {
		assertThat(shown).anySatisfy(
				(snippet) -> assertThat(paths(snippet)).isEqualTo(paths(read("metrics/etcd.registration.instances"))));
	}

	@Test
	void targetsMatchTheDocumentation() {
		await().atMost(SOON).until(() -> !read("etcdtargets").isEmpty());
		assertThat(shown).anySatisfy((snippet) -> assertThat(paths(snippet)).isEqualTo(paths(read("etcdtargets"))));
	}

	/** The README quotes excerpts only. */
	@Test
	void readmeExcerptsMatchTheDocumentation() throws IOException {
		String readme = Files.readString(Path.of("../README.md"));
		String page = Files.readString(Path.of("../docs/observability.md")).replaceAll("\\s+", " ");
		List<String> excerpts = Pattern.compile("^```json\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
			.matcher(readme)
			.results()
			.map((snippet) -> snippet.group(1).replaceAll("\\s+", " ").strip())
			.toList();
		assertThat(excerpts).hasSize(3).allSatisfy((excerpt) -> assertThat(page).contains(excerpt));
	}

	/** Returns the paths of all fields, without their values. */
	private static Set<String> paths(JsonNode document) {
		Set<String> paths = new TreeSet<>();
		collect(document, "", paths);
		return paths;
	}

	private static void collect(JsonNode node, String path, Set<String> paths) {
		paths.add(path);
		if (node.isArray()) {
			node.forEach((element) -> collect(element, path + "[]", paths));
		}
		node.properties().forEach((entry) -> collect(entry.getValue(), path + "/" + entry.getKey(), paths));
	}

	private static JsonNode read(String endpoint) {
		return parse(RestClient.create("http://127.0.0.1:" + greeting.getEnvironment().getProperty("local.server.port"))
			.get()
			.uri("/actuator/" + endpoint)
			.retrieve()
			.body(String.class));
	}

	private static JsonNode parse(String json) {
		try {
			return JSON.readTree(json);
		}
		catch (IOException ex) {
			throw new IllegalArgumentException("Invalid JSON: " + json, ex);
		}
	}

}
