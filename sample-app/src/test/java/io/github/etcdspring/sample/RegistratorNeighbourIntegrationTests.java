package io.github.etcdspring.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the sample with instances registered in the format of Registrator.
 */
@ExtendWith(OutputCaptureExtension.class)
class RegistratorNeighbourIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static EtcdServer etcd;

	private static Sample shop;

	@BeforeAll
	static void start() throws IOException {
		etcd = Neighbour.startEtcd("registrator");
		shop = Sample.shop(etcd);
	}

	@AfterAll
	static void stop() {
		shop.close();
		etcd.close();
	}

	private static Neighbour register(String name, Container container, String ttl) {
		return Neighbour.start(Neighbour.SOURCES.resolve("registrator"),
				Neighbour.environment(etcd, "registrator", Map.of()), "./registrator", "greeting", name, "80",
				container.address(), ttl);
	}

	private static boolean knows(String name) {
		return shop.known().stream().anyMatch((id) -> id.endsWith(":" + name + ":80"));
	}

	@Test
	void shopCallsContainerUntilItStops() throws InterruptedException {
		try (Container container = Container.start("web"); Neighbour registrator = register("web", container, "10")) {
			await().atMost(SOON).until(() -> knows("web"));
			assertThat(container.address()).endsWith(":" + shop.askUntilAnswerOf("web").port());
			assertThat(registrator.stop()).as(registrator::log).isZero();
			assertThat(etcd.etcdctl("get", "--prefix", "/services/")).doesNotContain(":web:80");
			await().atMost(SOON).until(() -> !knows("web"));
		}
	}

	@Test
	void bothContainersOfOneServiceAreCalled() {
		try (Container one = Container.start("one");
				Container other = Container.start("other");
				Neighbour ofOne = register("one", one, "10");
				Neighbour ofOther = register("other", other, "10")) {
			await().atMost(SOON).until(() -> knows("one") && knows("other"));
			shop.askUntilAnswerOf("one", "other");
		}
	}

	@Test
	void removesContainerAfterItsTtlWhenRegistratorIsKilled() {
		try (Container container = Container.start("killed");
				Neighbour registrator = register("killed", container, "2")) {
			await().atMost(SOON).until(() -> knows("killed"));
			registrator.kill();
			// TTL plus one second, and ten seconds for a busy machine
			await().atMost(Duration.ofSeconds(2 + 1 + 10)).until(() -> !knows("killed"));
		}
	}

	@Test
	void containerIsRegisteredAgainAfterEtcdRestartAndLeaseLoss() {
		try (Container container = Container.start("back"); Neighbour registrator = register("back", container, "3")) {
			await().atMost(SOON).until(() -> knows("back"));
			String key = etcd.etcdctl("get", "--prefix", "--keys-only", "/services/greeting/")
				.lines()
				.filter((line) -> line.endsWith(":back:80"))
				.findFirst()
				.orElseThrow();
			etcd.restart();
			shop.askUntilAnswerOf("back");
			registrator.loseLease(etcd, key);
			await().atMost(SOON).until(() -> knows("back"));
			shop.askUntilAnswerOf("back");
		}
	}

	@Test
	void skipsInvalidAddress(CapturedOutput output) {
		String broken = "/services/greeting/host:broken:80";
		try (Container container = Container.start("whole");
				Neighbour registrator = register("whole", container, "10")) {
			etcd.etcdctl("put", broken, "127.0.0.1");
			etcd.etcdctl("put", broken, "127.0.0.1:80:udp");
			await().atMost(SOON).until(() -> knows("whole") && output.getAll().contains(broken));
			etcd.etcdctl("put", "/services/greeting/host:after:80", "127.0.0.1:1");
			await().atMost(SOON).until(() -> knows("after"));
			assertThat(knows("broken")).isFalse();
			assertThat(StringUtils.countOccurrencesOf(output.getAll(), broken + " holds no instance")).isEqualTo(1);
			etcd.etcdctl("del", "--prefix", "/services/greeting/host:");
		}
	}

}
