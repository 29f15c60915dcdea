package io.github.etcdspring.console;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for a console of 1,000 services with 10,000 instances and 20,000 keys
 * of configuration.
 */
class ContentScaleIntegrationTests {

	private static final int SERVICES = 1_000;

	private static final int INSTANCES = 10;

	private static final int KEYS = 20;

	private static EtcdServer etcd;

	private static RunningConsole console;

	@BeforeAll
	static void start() throws Exception {
		etcd = EtcdServer.start();
		List<Op> puts = new ArrayList<>();
		for (int service = 0; service < SERVICES; service++) {
			String name = name(service);
			for (int instance = 0; instance < INSTANCES; instance++) {
				String id = name + "-" + instance;
				puts.add(put("/services/" + name + "/" + id,
						"{\"host\":\"10.0.0.1\",\"port\":%d,\"metadata\":{\"zone\":\"%s\",\"version\":\"1.%d\"}}"
							.formatted(8000 + instance, (instance % 2 == 0) ? "a" : "b", instance % 3)));
				puts.add(put("/fleet/" + name + "/" + id,
						"{\"applied\":900000,\"seen\":900000,\"imports\":[\"/config/" + name + "/\"]}"));
			}
			for (int key = 0; key < KEYS; key++) {
				puts.add(put("/config/" + name + "/property/" + "%02d".formatted(key), "value-" + service + "-" + key));
			}
		}
		try (Client client = Client.builder().endpoints(etcd.endpoint()).build()) {
			for (int begin = 0; begin < puts.size(); begin += 128) {
				client.getKVClient()
					.txn()
					.Then(puts.subList(begin, Math.min(puts.size(), begin + 128)).toArray(Op[]::new))
					.commit()
					.get();
			}
		}
		console = RunningConsole.start(etcd);
		await().atMost(Duration.ofSeconds(60))
			.until(() -> console.get("viewer", "services").get("total").asInt() == SERVICES);
	}

	private static String name(int service) {
		return "service-%04d".formatted(service);
	}

	private static Op put(String key, String value) {
		return Op.put(ByteSequence.from(key, StandardCharsets.UTF_8), ByteSequence.from(value, StandardCharsets.UTF_8),
				PutOption.DEFAULT);
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@Test
	void servicesArePaged() {
		List<String> names = new ArrayList<>();
		for (int page = 1; page <= 20; page++) {
			JsonNode services = console.get("viewer", "services?page=" + page);
			assertThat(services.get("total").asInt()).isEqualTo(SERVICES);
			services.get("items").forEach((item) -> {
				names.add(item.get("service").asString());
				assertThat(item.get("instances").asInt()).isEqualTo(INSTANCES);
				assertThat(item.get("up").asInt()).isEqualTo(INSTANCES);
				assertThat(item.get("zones").toString()).isEqualTo("[\"a\",\"b\"]");
				assertThat(item.get("versions").toString()).isEqualTo("[\"1.0\",\"1.1\",\"1.2\"]");
			});
		}
		assertThat(names).hasSize(SERVICES).doesNotHaveDuplicates().isSorted();
		assertThat(console.get("viewer", "services?page=21").get("items")).isEmpty();
		assertThat(console.get("viewer", "services?q=service-099").get("total").asInt()).isEqualTo(10);
		assertThat(console.get("viewer", "services?page=2000000&size=500").get("items")).isEmpty();
	}

	@Test
	void fleetIsPaged() {
		Set<String> found = new TreeSet<>();
		for (int page = 1; page <= 20; page++) {
			JsonNode fleet = console.get("viewer", "fleet?size=500&page=" + page);
			assertThat(fleet.get("total").asInt()).isEqualTo(SERVICES * INSTANCES);
			assertThat(fleet.get("behind").asInt()).isZero();
			fleet.get("items").forEach((item) -> found.add(item.get("instance").asString()));
		}
		assertThat(found).hasSize(SERVICES * INSTANCES);
	}

	@Test
	void configurationIsPaged() {
		assertThat(console.get("viewer", "applications").get("total").asInt()).isEqualTo(SERVICES);
		Set<String> found = new TreeSet<>();
		for (int page = 1; page <= 40; page++) {
			JsonNode keys = console.get("editor", "configuration?size=500&page=" + page);
			assertThat(keys.get("total").asInt()).isEqualTo(SERVICES * KEYS);
			keys.get("items").forEach((item) -> found.add(item.get("key").asString()));
		}
		assertThat(found).hasSize(SERVICES * KEYS);
		assertThat(console.get("editor", "configuration?application=service-0500&q=value-500-1").get("total").asInt())
			.isEqualTo(11);
	}

	@ParameterizedTest
	@ValueSource(strings = { "services", "services?q=9&page=3", "instances?service=service-0001", "fleet",
			"fleet?state=behind", "applications", "configuration", "configuration?application=service-0002", "rollouts",
			"session" })
	void viewSendsNoRequestToEtcd(String path) throws Exception {
		long before = requests();
		for (int i = 0; i < 20; i++) {
			console.get("editor", path);
		}
		// the application itself renews nothing and the mirror may reconcile once
		assertThat(requests() - before).isLessThan(10);
	}

	@Test
	void changeIsVisible() {
		etcd.etcdctl("put", "/config/service-0500/property/new", "fresh");
		await().until(() -> console.get("editor", "configuration?q=fresh").get("total").asInt() == 1);
		etcd.etcdctl("del", "/config/service-0500/property/new");
		await().until(() -> console.get("editor", "configuration?q=fresh").get("total").asInt() == 0);
	}

	/** Requests that etcd has received, except watches. */
	private static long requests() throws IOException, InterruptedException {
		String metrics = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(etcd.endpoint() + "/metrics")).build(), BodyHandlers.ofString())
			.body();
		Matcher matcher = Pattern
			.compile("(?m)^grpc_server_started_total\\{.*grpc_service=\"etcdserverpb\\.KV\".*} (\\S+)$")
			.matcher(metrics);
		long sum = 0;
		while (matcher.find()) {
			sum += (long) Double.parseDouble(matcher.group(1));
		}
		assertThat(sum).isPositive();
		return sum;
	}

}
