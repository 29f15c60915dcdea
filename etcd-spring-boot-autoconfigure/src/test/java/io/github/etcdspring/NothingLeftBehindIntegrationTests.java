package io.github.etcdspring;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class NothingLeftBehindIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@ParameterizedTest
	@ValueSource(strings = { "nothing", "freeze", "kill" })
	void closedContextLeavesNoThreadAndNoLease(String fault) {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "closed-" + fault)
			.properties("spring.cloud.etcd.discovery.health.group=serving", "spring.cloud.etcd.discovery.ttl=3s",
					"management.endpoint.health.group.serving.include=ping")
			.run()) {
			await().until(() -> Keys.of(etcd, "closed-" + fault).size() == 1);
			assertThat(RemainingThreads.since(before)).isNotEmpty();
			assertThat(Keys.leases(etcd)).hasSize(1);
			switch (fault) {
				case "freeze" -> etcd.freeze();
				case "kill" -> etcd.kill();
				default -> assertThat(context.isActive()).isTrue();
			}
		}
		await().atMost(Duration.ofSeconds(10))
			.untilAsserted(() -> assertThat(RemainingThreads.since(before)).isEmpty());
		switch (fault) {
			case "freeze" -> etcd.thaw();
			case "kill" -> etcd.restart();
			default -> assertThat(Keys.leases(etcd)).isEmpty();
		}
		await().atMost(Duration.ofSeconds(10)).until(() -> Keys.leases(etcd).isEmpty());
	}

}
