package io.github.etcdspring.console;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for services, instances, overrides and the fleet.
 */
class ConsoleInstancesIntegrationTests extends AbstractConsoleApiTests {

	@Test
	void servicesAndInstancesAreListed() {
		service("orders", "one", "spring.cloud.etcd.discovery.instance-zone=a",
				"spring.cloud.etcd.discovery.version=1.0", "spring.cloud.etcd.discovery.metadata.team=blue");
		service("orders", "two", "spring.cloud.etcd.discovery.instance-zone=b", "spring.cloud.etcd.discovery.weight=3");
		etcd.etcdctl("put", "/services/shop/down", "{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"DOWN\"}");
		etcd.etcdctl("put", "/services/shop/invalid", "not an instance");
		await().untilAsserted(() -> items("services").hasSize(2));
		JsonNode orders = console.get("viewer", "services").get("items").get(0);
		assertThat(orders.toString()).isEqualTo("{\"service\":\"orders\",\"instances\":2,\"up\":2,\"outOfService\":0,"
				+ "\"zones\":[\"a\",\"b\"],\"versions\":[\"1.0\"]}");
		assertThat(console.get("viewer", "services?q=SHO").get("items").get(0).get("up").asInt()).isZero();
		JsonNode one = console.get("viewer", "instances?service=orders&q=one").get("items").get(0);
		assertThat(one.get("uri").asString()).isEqualTo("http://127.0.0.1:9999");
		assertThat(one.get("status").asString()).isEqualTo("UP");
		assertThat(one.get("zone").asString()).isEqualTo("a");
		assertThat(one.get("version").asString()).isEqualTo("1.0");
		assertThat(one.get("weight").asInt()).isEqualTo(1);
		assertThat(one.at("/metadata/team").asString()).isEqualTo("blue");
		assertThat(one.get("override").isNull()).isTrue();
		assertThat(one.at("/fleet/applied").asLong()).isPositive();
		assertThat(console.get("viewer", "instances?service=orders&q=two").at("/items/0/weight").asInt()).isEqualTo(3);
		assertThat(console.get("viewer", "instances?service=none").get("total").asInt()).isZero();
	}

	@Test
	void operatorOverridesInstances() {
		service("orders", "one");
		String path = "overrides?service=orders&instance=one";
		JsonNode override = console.change("operator", "PUT", path, """
				{"type":"OUT_OF_SERVICE","weight":null,"reason":"Disk is full","minutes":60}""", 200);
		assertThat(override.get("owner").asString()).isEqualTo("operator");
		await().untilAsserted(
				() -> assertThat(console.get("viewer", "services").at("/items/0/outOfService").asInt()).isEqualTo(1));
		JsonNode listed = console.get("viewer", "instances?service=orders").at("/items/0/override");
		assertThat(listed).isEqualTo(override);
		assertThat(console.get("viewer", "services").at("/items/0/up").asInt()).isZero();
		console.change("operator", "PUT", path, "{\"type\":\"WEIGHT\",\"weight\":5,\"reason\":\"x\",\"minutes\":1}",
				200);
		await().untilAsserted(() -> assertThat(
				console.get("viewer", "instances?service=orders").at("/items/0/override/weight").asInt())
			.isEqualTo(5));
		console.change("operator", "DELETE", path, null, 204);
		await().untilAsserted(
				() -> assertThat(console.get("viewer", "instances?service=orders").at("/items/0/override").isNull())
					.isTrue());
	}

	@ParameterizedTest
	@ValueSource(strings = { "a/b", "..", "50%", "a;b", "a\\b", "a+b", "a b", "größe" })
	void nameMayHaveAnyCharacter(String name) {
		service(name, name);
		String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8);
		String path = "overrides?service=" + encoded + "&instance=" + encoded;
		console.change("operator", "PUT", path, "{\"type\":\"OUT_OF_SERVICE\",\"reason\":\"x\",\"minutes\":1}", 200);
		await().untilAsserted(() -> items("instances?service=" + encoded).singleElement()
			.satisfies((item) -> assertThat(item.at("/override/reason").asString()).isEqualTo("x")));
		console.change("operator", "DELETE", path, null, 204);
		items("services").singleElement()
			.satisfies((item) -> assertThat(item.get("service").asString()).isEqualTo(name));
	}

	@Test
	void invalidOverrideIsRefused() {
		String path = "overrides?service=orders&instance=none";
		console.change("operator", "PUT", path, "{\"type\":\"OTHER\",\"reason\":\"x\",\"minutes\":1}", 400);
		console.change("operator", "PUT", path, "{\"type\":\"WEIGHT\",\"reason\":\"x\",\"minutes\":1}", 400);
		console.change("operator", "PUT", path, "{\"type\":\"OUT_OF_SERVICE\",\"reason\":\"x\",\"minutes\":0}", 400);
		console.change("operator", "PUT", path, "{\"type\":\"OUT_OF_SERVICE\",\"minutes\":1}", 400);
		JsonNode problem = console.change("operator", "PUT", path,
				"{\"type\":\"OUT_OF_SERVICE\",\"reason\":\"x\",\"minutes\":1}", 409);
		assertThat(problem.get("detail").asString()).contains("the instance is not registered");
	}

	@Test
	void overrideOfAnEarlierProcessIsNotShown() {
		etcd.etcdctl("put", "/overrides/orders/one",
				"{\"owner\":\"jane\",\"reason\":\"x\",\"until\":\"2999-01-01T00:00:00Z\",\"outOfService\":true}");
		service("orders", "one");
		assertThat(console.get("viewer", "instances?service=orders").at("/items/0/override").isNull()).isTrue();
	}

	@Test
	void instanceThatDoesNotFollowIsBehind() {
		service("orders", "one");
		put("/config/orders/x", "y");
		await().untilAsserted(() -> assertThat(console.get("viewer", "fleet").get("behind").asInt()).isZero());
		etcd.etcdctl("put", "/fleet/orders/hung", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		await().untilAsserted(() -> {
			JsonNode fleet = console.get("viewer", "fleet?state=behind");
			assertThat(fleet.get("total").asInt()).isEqualTo(1);
			assertThat(fleet.at("/items/0/instance").asString()).isEqualTo("hung");
		});
		console.get("viewer", "fleet")
			.get("items")
			.forEach((item) -> assertThat(item.get("behind").asBoolean())
				.isEqualTo("hung".equals(item.get("instance").asString())));
	}

}
