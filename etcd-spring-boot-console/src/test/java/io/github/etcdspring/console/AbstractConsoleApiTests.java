package io.github.etcdspring.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.testsupport.EtcdServer;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import tools.jackson.databind.JsonNode;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests of the API with running instances, and an etcd that is emptied after each.
 */
abstract class AbstractConsoleApiTests {

	static EtcdServer etcd;

	static RunningConsole console;

	private final List<ConfigurableApplicationContext> services = new ArrayList<>();

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		console = RunningConsole.start(etcd);
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@AfterEach
	void empty() {
		this.services.forEach(ConfigurableApplicationContext::close);
		etcd.etcdctl("del", "/", "--prefix");
		await().untilAsserted(() -> {
			assertThat(console.get("viewer", "services").get("total").asInt()).isZero();
			assertThat(console.get("viewer", "configuration").get("total").asInt()).isZero();
			assertThat(console.get("viewer", "rollouts").get("items")).isEmpty();
		});
	}

	void service(String name, String instance, String... properties) {
		this.services.add(RunningService.start(etcd, name, instance, properties));
		await().untilAsserted(() -> items("instances?service=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
			.filteredOn((item) -> item.get("id").asString().equals(instance) && !item.get("fleet").isNull())
			.hasSize(1));
	}

	static ListAssert<JsonNode> items(String path) {
		return assertThat(console.get("viewer", path).get("items").valueStream().toList());
	}

	static void put(String key, String value) {
		etcd.etcdctl("put", "--", key, value);
		long revision = etcd.revisionOf(key);
		await().untilAsserted(() -> items("configuration")
			.anyMatch((item) -> item.get("key").asString().equals(key) && item.get("revision").asLong() == revision));
	}

	static String change(String key, String value, Long revision) {
		return "{\"comment\":\"why\",\"waitSeconds\":10,\"changes\":[{\"key\":\"%s\",\"value\":%s,\"revision\":%s}]}"
			.formatted(key, (value != null) ? "\"" + value + "\"" : null, revision);
	}

	static List<String> texts(JsonNode array) {
		return array.valueStream().map(JsonNode::asString).toList();
	}

}
