package io.github.etcdspring.sample;

import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

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
 * Tests the sample with the Go client, which uses etcd's naming package.
 */
@ExtendWith(OutputCaptureExtension.class)
class GoNeighbourIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final Path LIBRARIES = Path.of("/usr/share/gocode");

	/** The client of etcd 3.4 is installed. */
	private static final boolean CLIENT_3_4 = Files
		.exists(LIBRARIES.resolve("src/go.etcd.io/etcd/clientv3/naming/endpoints"));

	/** The client of etcd 3.5 or later is installed. */
	private static final boolean CLIENT_3_5 = Files
		.exists(LIBRARIES.resolve("src/go.etcd.io/etcd/client/v3/naming/endpoints"));

	private static final Path PROGRAM = Neighbour.BUILD.resolve("go");

	private static EtcdServer etcd;

	private static Sample shop;

	@BeforeAll
	static void start() throws Exception {
		if (Neighbour.isThere("go") && (CLIENT_3_4 || CLIENT_3_5)) {
			build();
			etcd = Neighbour.startEtcd("go");
			shop = Sample.shop(etcd);
		}
	}

	@BeforeEach
	void assumeInstalled() {
		Neighbour.assumeThereIs("go", "golang-go");
		assumeThat(CLIENT_3_4 || CLIENT_3_5).as("etcd client for Go (Debian: apt-get install golang-etcd-server-dev)")
			.isTrue();
	}

	@AfterAll
	static void stop() {
		if (etcd != null) {
			shop.close();
			etcd.close();
		}
	}

	/** Builds the client with the import path of the installed version. */
	private static void build() throws Exception {
		Files.createDirectories(PROGRAM);
		try (DirectoryStream<Path> sources = Files.newDirectoryStream(Neighbour.SOURCES.resolve("go"), "*.go")) {
			for (Path source : sources) {
				String code = Files.readString(source);
				Files.writeString(PROGRAM.resolve(source.getFileName()),
						(CLIENT_3_4) ? code : code.replace("go.etcd.io/etcd/clientv3", "go.etcd.io/etcd/client/v3"));
			}
		}
		Map<String, String> environment = Map.of("GO111MODULE", "off", "GOPATH", LIBRARIES.toString(), "GOFLAGS", "",
				"CGO_ENABLED", "0");
		try (Neighbour build = Neighbour.start(PROGRAM, environment, "go", "build", "-o", "greeting", ".")) {
			assertThat(build.awaitEnd(Duration.ofMinutes(3))).as(build::log).isZero();
		}
	}

	private static Neighbour go(Map<String, String> environment) {
		return Neighbour.start(PROGRAM, Neighbour.environment(etcd, "go", environment),
				PROGRAM.resolve("greeting").toString());
	}

	@Test
	void shopCallsClientUntilItStops() throws InterruptedException {
		try (Neighbour go = go(Map.of())) {
			String id = go.id();
			await().atMost(SOON).until(() -> shop.known().contains(id));
			shop.askUntilAnswerOf(id);
			assertThat(Neighbour.timeToLive(etcd, "/services/greeting/" + id)).isEqualTo(10);
			assertThat(go.stop()).as(go::log).isZero();
			assertThat(etcd.etcdctl("get", "--prefix", "/services/")).doesNotContain(id);
			await().atMost(SOON).until(() -> !shop.known().contains(id));
		}
	}

	@Test
	void clientCallsSpringAndFollowsItsRegistration() {
		try (Neighbour go = go(Map.of())) {
			String id;
			try (Sample greeting = Sample.greeting(etcd, "--spring.cloud.etcd.discovery.metadata.zone=a")) {
				id = greeting.id();
				await().atMost(SOON).until(() -> go.get("/greetings").contains(id));
				assertThat(go.get("/instances")).contains("\"/services/greeting/" + id + "\":{\"Addr\":\"127.0.0.1:",
						"\"zone\":\"a\"");
			}
			await().atMost(SOON).until(() -> !go.get("/instances").contains(id));
			assertThat(go.log()).contains("up /services/greeting/" + id, "down /services/greeting/" + id);
		}
	}

	@Test
	void skipsInvalidInstance(CapturedOutput output) {
		String broken = "/services/greeting/go-broken";
		try (Neighbour go = go(Map.of())) {
			String id = go.id();
			etcd.etcdctl("put", broken, "{\"Op\":0,\"Addr\":\"127.0.0.1\",\"Metadata\":null}");
			etcd.etcdctl("put", broken, "{\"Op\":1,\"Addr\":\"\"}");
			etcd.etcdctl("put", "/services/greeting/after", "{\"Op\":0,\"Addr\":\"127.0.0.1:1\"}");
			await().atMost(SOON).until(() -> shop.known().contains("after"));
			assertThat(shop.known()).contains(id).doesNotContain("go-broken");
			assertThat(StringUtils.countOccurrencesOf(output.getAll(), broken + " holds no instance")).isEqualTo(1);
			await().atMost(SOON).until(() -> go.get("/instances").contains("greeting/after"));
			etcd.etcdctl("del", broken);
			etcd.etcdctl("del", "/services/greeting/after");
		}
	}

	@Test
	void removesKilledClientAfterItsTtl() {
		try (Neighbour go = go(Map.of("TTL", "2"))) {
			String id = go.id();
			await().atMost(SOON).until(() -> shop.known().contains(id));
			go.kill();
			// TTL plus one second, and ten seconds for a busy machine
			await().atMost(Duration.ofSeconds(2 + 1 + 10)).until(() -> !shop.known().contains(id));
		}
	}

	@Test
	void clientRegistersAgainAfterEtcdRestartAndLeaseLoss() {
		try (Neighbour go = go(Map.of("TTL", "3"))) {
			String id = go.id();
			etcd.restart();
			etcd.etcdctl("put", "/services/billing/one", "{\"addr\":\"10.0.0.7:8080\"}");
			await().atMost(SOON).until(() -> go.get("/instances").contains("billing"));
			await().atMost(SOON).until(() -> shop.known().contains(id));
			go.loseLease(etcd, "/services/greeting/" + id);
			await().atMost(SOON).until(() -> go.log().contains("registered again: /services/greeting/" + id));
			await().atMost(SOON).until(() -> shop.known().contains(id));
			etcd.etcdctl("del", "/services/billing/one");
			await().atMost(SOON).until(() -> !go.get("/instances").contains("billing"));
		}
	}

	@Test
	void clientExitsOnWrongPassword() throws InterruptedException {
		try (Neighbour go = go(Map.of("ETCD_PASSWORD", "wrong"))) {
			assertThat(go.awaitEnd(SOON)).isEqualTo(1);
			assertThat(go.log()).contains("authentication failed");
		}
	}

}
