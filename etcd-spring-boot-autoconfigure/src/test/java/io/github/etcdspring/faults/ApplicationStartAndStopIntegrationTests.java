package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.Remains;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications that are started and stopped in one process, as tests and application
 * servers do, leave nothing behind, however often. {@code -Drounds} says how often.
 */
class ApplicationStartAndStopIntegrationTests {

	private static final int ROUNDS = Integer.getInteger("rounds", 10);

	private static final Report report = new Report(ApplicationStartAndStopIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void nothingIsLeftOfAnyOfThem() {
		ApplicationFork.write(etcd, "repeated", "text");
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
			ApplicationFork.within(Duration.ofSeconds(10)).untilAsserted(() -> {
				assertThat(proxy.connections()).isZero();
				assertThat(Remains.threads(before)).isEqualTo(List.of());
				assertThat(Keys.leases(etcd)).isEmpty();
			});
		}
		// of whatever name; a few are the JVM's own
		ApplicationFork.within(Duration.ofSeconds(10)).until(() -> Thread.activeCount() <= threads + 5);
		report.add(ROUNDS + " starts and stops in one process",
				"no thread, lease or connection left, " + Report.seconds(Report.since(begin)) + " s", null, null, null);
	}

}
