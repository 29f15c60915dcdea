package io.github.etcdspring.sample;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the sample with the shell scripts, which use etcdctl or etcd's JSON gateway, and
 * an etcd with authentication.
 */
@ExtendWith(OutputCaptureExtension.class)
class ShellNeighbourIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final Path SCRIPTS = Neighbour.SOURCES.resolve("shell");

	private static EtcdServer etcd;

	private static Sample shop;

	private static Sample greeting;

	@BeforeAll
	static void start() throws IOException {
		etcd = Neighbour.startEtcd("shell");
		shop = Sample.shop(etcd);
		greeting = Sample.greeting(etcd);
	}

	@AfterAll
	static void stop() {
		greeting.close();
		shop.close();
		etcd.close();
	}

	@BeforeEach
	void assumeThereIsCurl() {
		Neighbour.assumeThereIs("curl", "curl");
	}

	private static Neighbour run(String client, String script, String... arguments) {
		String[] command = Stream.concat(Stream.of("./" + script), Stream.of(arguments)).toArray(String[]::new);
		return Neighbour.start(SCRIPTS.resolve(client), Neighbour.environment(etcd, "shell", Map.of()), command);
	}

	private static String outputOf(String client, String script, String... arguments) throws InterruptedException {
		try (Neighbour process = run(client, script, arguments)) {
			assertThat(process.awaitEnd(SOON)).as(process::log).isZero();
			return process.log();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcdctl", "curl" })
	void shopCallsRegisteredInstanceUntilItStops(String client) throws InterruptedException {
		String key = "/services/greeting/" + client;
		try (Container container = Container.start(client);
				Neighbour registration = run(client, "register", key, container.address())) {
			await().atMost(SOON).until(() -> shop.known().contains(client));
			shop.askUntilAnswerOf(client);
			assertThat(Neighbour.timeToLive(etcd, key)).isEqualTo(10);
			assertThat(registration.stop()).as(registration::log).isZero();
			assertThat(etcd.etcdctl("get", key)).isEmpty();
			await().atMost(SOON).until(() -> !shop.known().contains(client));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcdctl", "curl" })
	void discoversInstancesAndWatchesTheirChanges(String client) throws InterruptedException {
		assertThat(outputOf(client, "discover", "greeting")).contains("/services/greeting/" + greeting.id(),
				"\"addr\":\"127.0.0.1:");
		try (Neighbour watch = run(client, "watch", "greeting")) {
			// until the watch is open
			await().atMost(SOON).until(() -> {
				etcd.etcdctl("put", "/services/greeting/first", "127.0.0.1:1");
				return watch.log().contains("/services/greeting/first");
			});
			etcd.etcdctl("del", "/services/greeting/first");
			String id;
			try (Sample another = Sample.greeting(etcd)) {
				id = another.id();
				await().atMost(SOON).until(() -> watch.log().contains(id));
			}
			await().atMost(SOON)
				.until(() -> watch.log()
					.matches("(?s).*PUT\\s/services/greeting/" + id + ".*DELETE\\s/services/greeting/" + id + ".*"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcdctl", "curl" })
	void appliesValidAndRejectsInvalidConfiguration(String client, CapturedOutput output) throws InterruptedException {
		String message = "Good morning \"from\" " + client + " \u00e4";
		outputOf(client, "configure", "greeting", "greeting/message", message);
		await().atMost(SOON).until(() -> greeting.ask().message().equals(message));
		outputOf(client, "configure", "greeting", "greeting/work", "soon");
		await().atMost(SOON).until(() -> output.getAll().contains("/config/greeting/greeting/work"));
		assertThat(greeting.ask().message()).isEqualTo(message);
		outputOf(client, "configure", "greeting", "greeting/work", "1ms");
		outputOf(client, "configure", "greeting", "greeting/message", "Good evening");
		await().atMost(SOON).until(() -> greeting.ask().message().equals("Good evening"));
		assertThat(StringUtils.countOccurrencesOf(output.getAll(), "rejected")).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcdctl", "curl" })
	void removesInstanceAfterItsTtlWhenTheScriptIsKilled(String client) {
		try (Neighbour registration = run(client, "register", "/services/greeting/killed", "127.0.0.1:1", "2")) {
			await().atMost(SOON).until(() -> shop.known().contains("killed"));
			registration.kill();
			// TTL plus one second, and ten seconds for a busy machine
			await().atMost(Duration.ofSeconds(2 + 1 + 10)).until(() -> !shop.known().contains("killed"));
		}
	}

	@Test
	void registersAgainAfterEtcdRestartAndLeaseLoss() {
		String prefix = "/services/greeting/back-";
		try (Neighbour one = run("etcdctl", "register", prefix + "etcdctl", "127.0.0.1:1", "3");
				Neighbour other = run("curl", "register", prefix + "curl", "127.0.0.1:1", "3")) {
			List<String> both = List.of("back-etcdctl", "back-curl");
			await().atMost(SOON).until(() -> shop.known().containsAll(both));
			etcd.restart();
			await().atMost(SOON).until(() -> shop.known().containsAll(both));
			one.loseLease(etcd, prefix + "etcdctl");
			other.loseLease(etcd, prefix + "curl");
			await().atMost(SOON).until(() -> shop.known().containsAll(both));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcdctl", "curl" })
	void skipsInvalidInstance(String client, CapturedOutput output) {
		String broken = "/services/greeting/broken-" + client;
		try (Neighbour wrong = run(client, "register", broken, "here")) {
			await().atMost(SOON).until(() -> output.getAll().contains(broken));
			assertThat(shop.known()).contains(greeting.id()).doesNotContain("broken-" + client);
			// one message from each application
			await().atMost(SOON)
				.until(() -> StringUtils.countOccurrencesOf(output.getAll(), broken + " holds no instance") == 2);
		}
	}

}
