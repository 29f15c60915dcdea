package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Repeated start and stop in one process, as in tests and application servers, leaves no
 * thread, lease or connection behind. {@code -Drounds} sets the number of repetitions.
 */
class ApplicationStartAndStopIntegrationTests {

	private static final int ROUNDS = Integer.getInteger("rounds", 10);

	private static final FaultReport report = new FaultReport(ApplicationStartAndStopIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void repeatedStartAndStopLeavesNothingBehind() {
		ForkedApplication.write(etcd, "repeated", "text");
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		int threads = Thread.activeCount();
		long begin = System.nanoTime();
		try (TcpProxy proxy = TcpProxy.to(etcd.port())) {
			for (int i = 0; i < ROUNDS; i++) {
				try (ConfigurableApplicationContext context = Applications.plain(etcd, "repeated")
					.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.fail-fast=true")
					.run("--spring.cloud.etcd.endpoints=http://127.0.0.1:" + proxy.port())) {
					assertThat(context.getEnvironment().getProperty("demo.text")).isEqualTo("text");
					assertThat(Keys.of(etcd, "repeated")).hasSize(1);
				}
				assertThat(Keys.of(etcd, "repeated")).isEmpty();
			}
			ForkedApplication.within(Duration.ofSeconds(10)).untilAsserted(() -> {
				assertThat(proxy.connections()).isZero();
				assertThat(RemainingThreads.since(before)).isEqualTo(List.of());
				assertThat(Keys.leases(etcd)).isEmpty();
			});
		}
		// regardless of their names; a few belong to the JVM
		ForkedApplication.within(Duration.ofSeconds(10)).until(() -> Thread.activeCount() <= threads + 5);
		report.add(ROUNDS + " starts and stops in one process",
				"no thread, lease or connection left, " + FaultReport.seconds(FaultReport.since(begin)) + " s", null,
				null, null);
	}

}
