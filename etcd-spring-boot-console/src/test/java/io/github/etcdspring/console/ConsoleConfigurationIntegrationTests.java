package io.github.etcdspring.console;

import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for configuration, changes, history, snapshots and rollouts.
 */
class ConsoleConfigurationIntegrationTests extends AbstractConsoleApiTests {

	@Test
	void configurationIsListedByApplication() {
		put("/config/orders/cache/size", "5");
		put("/config/orders/greetings[0]", "hello");
		put("/config/orders/application.yml", "a: b");
		put("/config/orders,prod/cache/size", "7");
		put("/config/application/x", "y");
		JsonNode applications = console.get("viewer", "applications");
		assertThat(applications.get("items").toString()).isEqualTo(
				"[{\"name\":\"application\",\"keys\":1},{\"name\":\"orders\",\"keys\":3},{\"name\":\"orders,prod\",\"keys\":1}]");
		assertThat(console.get("viewer", "applications?q=prod").get("total").asInt()).isEqualTo(1);
		JsonNode page = console.get("editor", "configuration?application=orders&size=2");
		assertThat(page.get("total").asInt()).isEqualTo(3);
		assertThat(page.get("valuesHidden").asBoolean()).isFalse();
		assertThat(page.get("revision").asLong()).isEqualTo(etcd.revision());
		JsonNode document = page.at("/items/0");
		assertThat(document.get("key").asString()).isEqualTo("/config/orders/application.yml");
		assertThat(document.get("document").asBoolean()).isTrue();
		assertThat(document.get("property").isNull()).isTrue();
		assertThat(page.at("/items/1/property").asString()).isEqualTo("cache.size");
		assertThat(page.at("/items/1/value").asString()).isEqualTo("5");
		assertThat(console.get("editor", "configuration?application=orders&size=2&page=2")
			.at("/items/0/property")
			.asString()).isEqualTo("greetings[0]");
		assertThat(console.get("editor", "configuration?q=HELLO").get("total").asInt()).isEqualTo(1);
		etcd.etcdctl("del", "/config/application/x");
		await()
			.untilAsserted(() -> assertThat(console.get("viewer", "applications").get("total").asInt()).isEqualTo(2));
	}

	@Test
	void keyHasItsVersions() {
		put("/config/versions/a", "one");
		put("/config/versions/a", "two");
		etcd.etcdctl("del", "/config/versions/a");
		JsonNode key = console.get("editor", "key?key=/config/versions/a");
		assertThat(key.get("revision").asLong()).isZero();
		assertThat(key.get("value").isNull()).isTrue();
		assertThat(key.get("versions")).hasSize(3);
		assertThat(key.at("/versions/0/deleted").asBoolean()).isTrue();
		assertThat(key.at("/versions/1/value").asString()).isEqualTo("two");
		assertThat(console.get("viewer", "key?key=/config/versions/a").at("/versions/1/deleted").asBoolean()).isFalse();
	}

	@Test
	void writeIsAppliedAndHasAnAuthor() {
		service("orders", "one");
		service("orders", "two");
		JsonNode written = console.post("editor", "changes/write", change("/config/orders/cache/size", "5", 0L));
		assertThat(texts(written.get("applied"))).containsExactlyInAnyOrder("orders/one", "orders/two");
		assertThat(written.get("rejected")).isEmpty();
		JsonNode entry = console.get("viewer", "history?prefix=/config/orders/").at("/items/0");
		assertThat(entry.get("author").asString()).isEqualTo("editor");
		assertThat(entry.get("comment").asString()).isEqualTo("why");
		assertThat(entry.get("revision").asLong()).isEqualTo(written.get("revision").asLong());
		JsonNode rejected = console.post("editor", "changes/write", change("/config/orders/cache/size", "many", null));
		assertThat(rejected.get("rejected")).hasSize(2);
		assertThat(rejected.at("/rejected/0/key").asString()).isEqualTo("/config/orders/cache/size");
		assertThat(rejected.at("/rejected/0/reason").asString()).contains("cache.size").doesNotContain("many");
		await().untilAsserted(() -> {
			JsonNode fleet = console.get("viewer", "fleet?state=rejected");
			assertThat(fleet.get("rejected").asInt()).isEqualTo(2);
			assertThat(fleet.get("behind").asInt()).isEqualTo(2);
			assertThat(fleet.at("/items/0/rejected/key").asString()).isEqualTo("/config/orders/cache/size");
		});
		assertThat(console.get("viewer", "fleet?q=two").get("total").asInt()).isEqualTo(1);
	}

	@Test
	void concurrentModificationIsAConflict() {
		put("/config/orders/a", "one");
		console.change("editor", "POST", "changes/write", change("/config/orders/a", "two", 0L), 409);
		console.change("editor", "POST", "changes/ask", change("/config/orders/a", "two", 0L), 409);
		JsonNode difference = console.post("editor", "changes/difference", change("/config/orders/a", "two", 0L));
		assertThat(difference.at("/items/0").toString())
			.isEqualTo("{\"key\":\"/config/orders/a\",\"before\":\"one\",\"after\":\"two\",\"conflict\":true}");
		long revision = console.get("editor", "key?key=/config/orders/a").get("revision").asLong();
		difference = console.post("editor", "changes/difference", change("/config/orders/a", null, revision));
		assertThat(difference.at("/items/0/conflict").asBoolean()).isFalse();
		assertThat(difference.at("/items/0/after").isNull()).isTrue();
	}

	@Test
	void instancesAreAskedBeforeAWrite() {
		service("orders", "one");
		JsonNode accepted = console.post("editor", "changes/ask", change("/config/orders/cache/size", "5", 0L));
		assertThat(texts(accepted.get("accepted"))).containsExactly("orders/one");
		assertThat(accepted.get("revision").isNull()).isTrue();
		items("configuration").isEmpty();
		JsonNode rejected = console.post("editor", "changes/ask-and-write",
				change("/config/orders/cache/size", "many", 0L));
		assertThat(rejected.at("/rejected/0/instance").asString()).isEqualTo("orders/one");
		assertThat(rejected.at("/rejected/0/reason").asString()).contains("cache.size").doesNotContain("many");
		assertThat(rejected.get("revision").isNull()).isTrue();
		JsonNode written = console.post("editor", "changes/ask-and-write",
				change("/config/orders/cache/size", "5", 0L));
		assertThat(written.get("revision").asLong())
			.isEqualTo(console.get("editor", "key?key=/config/orders/cache/size").get("revision").asLong());
		JsonNode none = console.post("editor", "changes/ask", change("/config/other/a", "b", 0L));
		assertThat(none.get("noInstances").asBoolean()).isTrue();
	}

	@Test
	void earlierStateIsRestored() {
		service("orders", "one");
		JsonNode first = console.post("editor", "changes/write", change("/config/orders/cache/size", "5", 0L));
		console.post("editor", "changes/write", change("/config/orders/cache/size", "6", null));
		long revision = first.get("revision").asLong();
		JsonNode written = console.post("editor", "history/restore",
				"{\"prefix\":\"/config/orders/\",\"revision\":%d,\"mode\":\"write\"}".formatted(revision));
		assertThat(texts(written.get("applied"))).containsExactly("orders/one");
		assertThat(console.get("editor", "key?key=/config/orders/cache/size").get("value").asString()).isEqualTo("5");
		assertThat(console.get("viewer", "history").at("/items/0/comment").asString())
			.isEqualTo("Restore revision " + revision + " of /config/orders/");
		JsonNode asked = console.post("editor", "history/restore",
				"{\"prefix\":\"/config/orders/\",\"revision\":%d,\"mode\":\"ask\",\"comment\":\"Undo\"}"
					.formatted(revision - 1));
		assertThat(texts(asked.get("accepted"))).containsExactly("orders/one");
		assertThat(asked.get("revision").asLong()).isPositive();
		assertThat(console.get("editor", "key?key=/config/orders/cache/size").get("revision").asLong()).isZero();
		JsonNode nothing = console.post("editor", "history/restore",
				"{\"prefix\":\"/config/orders/\",\"revision\":%d,\"mode\":\"write\"}".formatted(revision - 1));
		assertThat(nothing.get("applied")).isEmpty();
		console.change("editor", "POST", "history/restore",
				"{\"prefix\":\"/config/orders/\",\"revision\":%d,\"mode\":\"other\"}".formatted(revision), 400);
		etcd.etcdctl("compact", String.valueOf(etcd.revision()));
		console.change("editor", "POST", "history/restore",
				"{\"prefix\":\"/config/orders/\",\"revision\":%d,\"mode\":\"write\"}".formatted(revision), 410);
	}

	@Test
	void viewerWritesNothingToEtcd() {
		put("/config/orders/a", "by hand");
		long revision = etcd.revision();
		for (String path : List.of("session", "services", "instances?service=orders", "fleet", "applications",
				"configuration", "key?key=/config/orders/a", "history", "history?prefix=/config/orders/",
				"history?prefix=/config/orders/a", "difference?left=/config/orders/&right=/config/shop/",
				"snapshots?prefix=/config/orders/", "rollouts")) {
			console.get("viewer", path);
			assertThat(etcd.revision()).as(path).isEqualTo(revision);
		}
	}

	@Test
	void writeByAnotherToolIsShownToAViewerAndRecordedForAnEditor() {
		put("/config/orders/a", "by hand");
		JsonNode shown = console.get("viewer", "history?prefix=/config/orders/").at("/items/0");
		assertThat(shown.get("outside").asBoolean()).isTrue();
		assertThat(shown.get("revision").asLong()).isEqualTo(etcd.revisionOf("/config/orders/a"));
		console.get("editor", "history?prefix=/config/orders/");
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/history/config/orders/"))
			.contains("-outside-" + shown.get("revision"));
	}

	@Test
	void differencesOfPrefixesAndRevisions() {
		put("/config/staging/a", "one");
		put("/config/staging/b", "same");
		put("/config/production/b", "same");
		long before = etcd.revision();
		put("/config/production/a", "two");
		assertThat(console.get("editor", "difference?left=/config/staging/&right=/config/production/")
			.get("items")
			.toString())
			.isEqualTo("[{\"key\":\"a\",\"left\":\"one\",\"right\":\"two\",\"onLeft\":true,\"onRight\":true}]");
		assertThat(console
			.get("editor", "difference?left=/config/production/&right=/config/production/&leftRevision=" + before)
			.get("items")
			.toString())
			.isEqualTo("[{\"key\":\"a\",\"left\":null,\"right\":\"two\",\"onLeft\":false,\"onRight\":true}]");
		assertThat(console.get("viewer", "difference?left=/config/staging/&right=/config/production/")
			.get("items")
			.toString()).isEqualTo("[{\"key\":\"a\",\"left\":null,\"right\":null,\"onLeft\":true,\"onRight\":true}]");
	}

	@Test
	void snapshotsAreSavedRestoredAndDeleted() {
		put("/config/orders/a", "one");
		String path = "snapshots?prefix=/config/orders/&name=monday";
		console.change("editor", "POST", path, null, 204);
		console.change("editor", "POST", path, null, 409);
		put("/config/orders/a", "two");
		assertThat(texts(console.get("viewer", "snapshots?prefix=/config/orders/").get("items")))
			.containsExactly("monday");
		console.post("editor", "snapshots/restore",
				"{\"prefix\":\"/config/orders/\",\"name\":\"monday\",\"mode\":\"write\"}");
		assertThat(console.get("editor", "key?key=/config/orders/a").get("value").asString()).isEqualTo("one");
		console.change("editor", "DELETE", path, null, 204);
		assertThat(console.get("viewer", "snapshots?prefix=/config/orders/").get("items")).isEmpty();
		console.change("editor", "POST", "snapshots/restore",
				"{\"prefix\":\"/config/orders/\",\"name\":\"monday\",\"mode\":\"write\"}", 404);
	}

	@Test
	void operatorStartsAndStopsARollout() {
		service("orders", "one");
		service("orders", "two");
		String id = console.post("operator", "rollouts", """
				{"comment":"Larger cache","changes":[{"key":"/config/orders/cache/size","value":"9","revision":0},
				{"key":"/config/orders/deep/x","value":"y"}],
				"steps":[{"share":10,"zone":null,"version":null,"instances":null,"watchSeconds":300}],
				"stopIfDown":["readiness"],"stopIfMeterAbove":[{"name":"orders.failed","max":5}]}""")
			.get("id")
			.asString();
		await().untilAsserted(() -> {
			JsonNode rollout = console.get("viewer", "rollouts").at("/items/0");
			assertThat(rollout.get("id").asString()).isEqualTo(id);
			assertThat(rollout.get("author").asString()).isEqualTo("operator");
			assertThat(rollout.get("comment").asString()).isEqualTo("Larger cache");
			assertThat(rollout.get("step").asInt()).isEqualTo(1);
			assertThat(rollout.get("steps").asInt()).isEqualTo(1);
			assertThat(rollout.get("targets")).hasSize(1);
			assertThat(texts(rollout.get("keys"))).containsExactlyInAnyOrder("/config/orders/cache/size",
					"/config/orders/deep/x");
		});
		items("configuration").isEmpty();
		items("applications").isEmpty();
		console.change("operator", "POST", "rollouts", """
				{"changes":[{"key":"/config/orders/cache/size","value":"9"}],"steps":[{"watchSeconds":1}]}""", 409);
		JsonNode stopped = console.change("operator", "DELETE", "rollouts?key=/config/orders/cache/size&reason=enough",
				null, 200);
		assertThat(stopped.get("state").asString()).isEqualTo("STOPPED");
		await().untilAsserted(() -> items("rollouts").isEmpty());
		console.change("operator", "DELETE", "rollouts?key=/config/orders/cache/size", null, 404);
	}

}
