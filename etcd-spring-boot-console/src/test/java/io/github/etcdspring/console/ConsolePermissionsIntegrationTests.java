package io.github.etcdspring.console;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for a console whose role in etcd does not permit everything.
 */
class ConsolePermissionsIntegrationTests {

	private static EtcdServer etcd;

	private static RunningConsole console;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		etcd.etcdctl("put", "/services/orders/one", "127.0.0.1:80");
		etcd.etcdctl("put", "/config/orders/a", "b");
		etcd.etcdctl("put", "/fleet/orders/one", "{\"applied\":1,\"seen\":1}");
		etcd.etcdctl("role", "add", "console");
		for (String prefix : new String[] { "/services/", "/config/" }) {
			etcd.etcdctl("role", "grant-permission", "console", "--prefix=true", "read", prefix);
		}
		etcd.etcdctl("user", "add", "console:secret");
		etcd.etcdctl("user", "grant-role", "console", "console");
		etcd.enableAuthentication("root");
		console = RunningConsole.start(etcd, "spring.cloud.etcd.username=console", "spring.cloud.etcd.password=secret");
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@Test
	void permittedRangesAreShown() {
		await().untilAsserted(() -> assertThat(console.get("viewer", "services").get("total").asInt()).isEqualTo(1));
		JsonNode instance = console.get("viewer", "instances?service=orders").at("/items/0");
		assertThat(instance.get("override").isNull()).isTrue();
		assertThat(console.get("editor", "configuration").at("/items/0/value").asString()).isEqualTo("b");
	}

	@Test
	void forbiddenRangesAreNamedUntilTheyArePermitted() {
		await().untilAsserted(() -> assertThat(forbidden()).containsExactly("fleet", "overrides"));
		JsonNode instances = console.get("viewer", "instances?service=orders");
		assertThat(instances.at("/items/0/fleet").isNull()).isTrue();
		JsonNode problem = console.change("viewer", "GET", "fleet", null, 403);
		assertThat(problem.get("detail").asString())
			.isEqualTo("etcd does not permit this application to read the keys under /fleet/."
					+ " Grant its role the permission to read them");
		etcd.etcdctl("role", "grant-permission", "console", "--prefix=true", "read", "/fleet/");
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(forbidden()).containsExactly("overrides"));
		assertThat(console.get("viewer", "fleet").get("total").asInt()).isEqualTo(1);
	}

	private static List<String> forbidden() {
		return console.bean(ContentMirror.class).state().forbidden();
	}

	@Test
	void forbiddenWriteIsRefused() {
		JsonNode problem = console.change("editor", "POST", "changes/write",
				"{\"changes\":[{\"key\":\"/config/orders/a\",\"value\":\"c\"}]}", 403);
		assertThat(problem.get("detail").asString()).contains("/config/orders/a", "permi");
	}

}
