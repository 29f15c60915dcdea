package io.github.etcdspring.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the sample with the Node client and an etcd with authentication.
 */
@ExtendWith(OutputCaptureExtension.class)
class NodeNeighbourIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final Path SOURCE = Neighbour.SOURCES.resolve("node");

	private static final Path PROGRAM = Neighbour.BUILD.resolve("node");

	private static final Pattern UNREACHABLE = Pattern.compile(
			"npm (error|ERR!) code (ENOTFOUND|EAI_AGAIN|ECONN\\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET\\w+)");

	private static EtcdServer etcd;

	private static Sample shop;

	private static Sample greeting;

	@BeforeAll
	static void start() throws Exception {
		if (Neighbour.isThere("node") && Neighbour.isThere("npm") && install()) {
			etcd = Neighbour.startEtcd("node");
			shop = Sample.shop(etcd);
			greeting = Sample.greeting(etcd);
		}
	}

	@AfterAll
	static void stop() {
		if (etcd != null) {
			greeting.close();
			shop.close();
			etcd.close();
		}
	}

	@BeforeEach
	void assumeInstalled() {
		Neighbour.assumeThereIs("node", "nodejs");
		Neighbour.assumeThereIs("npm", "npm");
		assumeThat(etcd).as("npm registry reachable").isNotNull();
	}

	/** Installs dependencies into a copy of the sources, unless they are unchanged. */
	private static boolean install() throws Exception {
		Files.createDirectories(PROGRAM);
		boolean same = Files.exists(PROGRAM.resolve("node_modules/.package-lock.json"))
				&& Files.mismatch(SOURCE.resolve("package-lock.json"), PROGRAM.resolve("package-lock.json")) < 0;
		if (!same) {
			copy(List.of("package.json", "package-lock.json", ".npmrc"));
			try (Neighbour npm = Neighbour.start(PROGRAM, Map.of(), "npm", "ci", "--no-progress", "--fetch-retries=1",
					"--fetch-retry-mintimeout=1000")) {
				int status = npm.awaitEnd(Duration.ofMinutes(2));
				if (status != 0) {
					Files.delete(PROGRAM.resolve("package-lock.json"));
				}
				if (UNREACHABLE.matcher(npm.log()).find()) {
					return false;
				}
				assertThat(status).as(npm::log).isZero();
			}
		}
		try (Stream<Path> files = Files.list(SOURCE)) {
			copy(files.map((file) -> file.getFileName().toString()).filter((name) -> name.endsWith(".js")).toList());
		}
		return true;
	}

	private static void copy(List<String> names) throws IOException {
		for (String name : names) {
			Files.write(PROGRAM.resolve(name), Files.readAllBytes(SOURCE.resolve(name)));
		}
	}

	private static Neighbour node(Map<String, String> environment) {
		return Neighbour.start(PROGRAM, Neighbour.environment(etcd, "node", environment), "node", "greeting.js");
	}

	@Test
	void shopCallsClientUntilItStops() throws InterruptedException {
		try (Neighbour node = node(Map.of())) {
			String id = node.id();
			await().atMost(SOON).until(() -> shop.known().contains(id));
			shop.askUntilAnswerOf(id);
			assertThat(Neighbour.timeToLive(etcd, "/services/greeting/" + id)).isEqualTo(10);
			assertThat(node.stop()).as(node::log).isZero();
			assertThat(etcd.etcdctl("get", "--prefix", "/services/")).doesNotContain(id);
			await().atMost(SOON).until(() -> !shop.known().contains(id));
		}
	}

	@Test
	void clientCallsSpringAndFollowsItsRegistration() {
		try (Neighbour node = node(Map.of())) {
			await().atMost(SOON).until(() -> node.get("/instances").contains(shop.id()));
			await().atMost(SOON).until(() -> node.get("/greetings").contains(greeting.id()));
			String id;
			try (Sample another = Sample.greeting(etcd)) {
				id = another.id();
				await().atMost(SOON).until(() -> node.get("/greetings").contains(id));
			}
			await().atMost(SOON).until(() -> !node.get("/instances").contains(id));
			assertThat(node.log()).contains("up /services/greeting/" + id, "down /services/greeting/" + id);
		}
	}

	@Test
	void springAppliesConfigurationOfClientAndKeepsTheLastValidOne(CapturedOutput output) {
		try (Neighbour node = node(Map.of())) {
			node.put("/config/message", "Good morning from Node");
			await().atMost(SOON).until(() -> greeting.ask().message().equals("Good morning from Node"));
			node.put("/config/work", "soon");
			await().atMost(SOON).until(() -> output.getAll().contains("greeting/work"));
			assertThat(greeting.ask().message()).isEqualTo("Good morning from Node");
			node.put("/config/work", "1ms");
			node.put("/config/message", "Good evening from Node");
			await().atMost(SOON).until(() -> greeting.ask().message().equals("Good evening from Node"));
			assertThat(StringUtils.countOccurrencesOf(output.getAll(), "rejected")).isEqualTo(1);
		}
	}

	@Test
	void skipsInvalidInstance(CapturedOutput output) {
		String broken = "/services/greeting/node-broken";
		try (Neighbour node = node(Map.of())) {
			String id = node.id();
			etcd.etcdctl("put", broken, "{\"host\":\"127.0.0.1\",\"port\":\"http\"}");
			await().atMost(SOON).until(() -> shop.known().contains(id) && output.getAll().contains(broken));
			etcd.etcdctl("put", broken, "{\"host\":\"127.0.0.1\"}");
			etcd.etcdctl("put", "/services/greeting/after", "127.0.0.1:1");
			await().atMost(SOON).until(() -> shop.known().contains("after"));
			assertThat(shop.known()).contains(id, greeting.id()).doesNotContain("node-broken");
			// one message from each application
			assertThat(StringUtils.countOccurrencesOf(output.getAll(), broken + " holds no instance")).isEqualTo(2);
			await().atMost(SOON).until(() -> node.log().contains("skipped " + broken));
			etcd.etcdctl("del", broken);
			etcd.etcdctl("del", "/services/greeting/after");
		}
	}

	@Test
	void removesKilledClientAfterItsTtl() {
		try (Neighbour node = node(Map.of("TTL", "2"))) {
			String id = node.id();
			await().atMost(SOON).until(() -> shop.known().contains(id));
			node.kill();
			// TTL plus one second, and ten seconds for a busy machine
			await().atMost(Duration.ofSeconds(2 + 1 + 10)).until(() -> !shop.known().contains(id));
		}
	}

	@Test
	void clientRegistersAgainAfterEtcdRestartAndLeaseLoss() {
		try (Neighbour node = node(Map.of("TTL", "3"))) {
			String key = "/services/greeting/" + node.id();
			etcd.restart();
			etcd.etcdctl("put", "/services/billing/one", "10.0.0.7:8080");
			await().atMost(SOON).until(() -> node.get("/instances").contains("billing"));
			await().atMost(SOON).until(() -> shop.known().contains(node.id()));
			node.loseLease(etcd, key);
			await().atMost(SOON).until(() -> node.log().contains("registered again: " + key));
			await().atMost(SOON).until(() -> shop.known().contains(node.id()));
			etcd.etcdctl("del", "/services/billing/one");
			await().atMost(SOON).until(() -> !node.get("/instances").contains("billing"));
		}
	}

	@Test
	void clientExitsOnWrongPassword() throws InterruptedException {
		try (Neighbour node = node(Map.of("ETCD_PASSWORD", "wrong"))) {
			assertThat(node.awaitEnd(SOON)).isEqualTo(1);
			assertThat(node.log()).contains("check ETCD_USERNAME, ETCD_PASSWORD", "authentication failed");
		}
	}

}
