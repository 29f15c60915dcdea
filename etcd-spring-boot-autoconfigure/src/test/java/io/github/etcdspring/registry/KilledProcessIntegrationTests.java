package io.github.etcdspring.registry;

import java.io.IOException;
import java.time.Duration;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class KilledProcessIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(3);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void killedProcessDisappearsWithinItsTtl() throws IOException {
		try (JavaProcess process = start("killed"); ConfigurableApplicationContext other = Applications.client(etcd)) {
			DiscoveryClient client = other.getBean(DiscoveryClient.class);
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> client.getInstances("killed").size() == 1);
			process.kill();
			long killed = System.nanoTime();
			await().atMost(TTL.plusSeconds(1)).until(() -> client.getInstances("killed").isEmpty());
			assertThat(Duration.ofNanos(System.nanoTime() - killed)).isGreaterThan(TTL.dividedBy(3));
			assertThat(Keys.of(etcd, "killed")).isEmpty();
		}
	}

	@Test
	void terminatedProcessIsDeregisteredImmediately() throws IOException {
		try (JavaProcess process = start("stopped")) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> Keys.of(etcd, "stopped").size() == 1);
			process.stop();
			assertThat(Keys.of(etcd, "stopped")).isEmpty();
			assertThat(process.output()).doesNotContain("ERROR", "could not be");
		}
	}

	private static JavaProcess start(String name) {
		return JavaProcess.start(PlainApplication.class, "--spring.application.name=" + name,
				"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
				"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.cloud.etcd.discovery.port=9999",
				"--spring.cloud.etcd.discovery.drain=0s", "--spring.cloud.etcd.discovery.ttl=" + TTL.toSeconds() + "s");
	}

}
