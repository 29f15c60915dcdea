package io.github.etcdspring.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.CommandException;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Recovery from lost data, a restored snapshot, compaction and an exceeded quota.
 */
class DataFaultsIntegrationTests {

	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.builder().arguments("--quota-backend-bytes=16777216").start();
		proxy = TcpProxy.to(etcd.port());
		application = MonitoredApplication.start(DataFaultsIntegrationTests.class, () -> etcd,
				"http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		application.close();
		proxy.close();
		etcd.close();
	}

	@Test
	void wipedAndStartedEmpty() {
		FaultScenario scenario = application.scenario("etcd wiped and started empty");
		etcd.wipe();
		scenario.lasts(Duration.ofSeconds(1));
		// the last known instances are kept while etcd is unavailable
		assertThat(application.others()).isNotEmpty();
		scenario.expectDataLoss();
		etcd.restart();
		scenario.assertRecovery();
	}

	@Test
	void restoredFromAnOlderSnapshot(@TempDir Path folder) {
		application.write();
		etcd.saveSnapshot(folder.resolve("older"));
		FaultScenario lost = application.scenario("etcd restored from an older snapshot");
		IntStream.range(0, 3).forEach((i) -> application.write());
		long revision = etcd.revision();
		etcd.restoreSnapshot(folder.resolve("older"));
		lost.expectDataLoss();
		etcd.restart();
		assertThat(etcd.revision()).isLessThan(revision);
		lost.assertRecovery();
	}

	@Test
	void restoredAndDivergedToTheSameRevision(@TempDir Path folder) {
		etcd.saveSnapshot(folder.resolve("older"));
		FaultScenario lost = application.scenario("etcd restored, and as far again before anybody is connected");
		application.write();
		await().atMost(FaultScenario.RECOVERY_TIMEOUT)
			.until(() -> application.others().equals(application.othersInEtcd()));
		long revision = etcd.revision();
		proxy.refuse();
		proxy.cut();
		etcd.restoreSnapshot(folder.resolve("older"));
		lost.expectDataLoss();
		etcd.restart();
		while (etcd.revision() <= revision) {
			etcd.etcdctl("put", "/config/monitored/other", "1");
		}
		proxy.accept();
		lost.assertRecovery();
	}

	@Test
	void compactedPastEveryWatch() {
		FaultScenario scenario = application.scenario("cut off, and the history compacted meanwhile");
		proxy.refuse();
		proxy.cut();
		IntStream.range(0, 3).forEach((i) -> application.write());
		etcd.etcdctl("compact", Long.toString(etcd.revision()));
		proxy.accept();
		scenario.assertRecovery();
	}

	@Test
	void leaseRevoked() {
		FaultScenario scenario = application.scenario("lease revoked");
		etcd.etcdctl("lease", "revoke", application.lease().id());
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isLessThan(MonitoredApplication.TTL);
	}

	@Test
	void everyKeyDeleted() {
		FaultScenario scenario = application.scenario("every key deleted by hand");
		scenario.expectDataLoss();
		etcd.etcdctl("del", "--prefix", "/");
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isLessThan(MonitoredApplication.TTL);
	}

	@Test
	void fullUntilSpaceIsFreed() {
		FaultScenario scenario = application.scenario("etcd full (NOSPACE), then compacted, defragmented and disarmed");
		fill();
		assertThatExceptionOfType(CommandException.class).isThrownBy(application::write);
		long renewals = application.renewals();
		scenario.lasts(MonitoredApplication.TTL.plusSeconds(1));
		assertThat(application.renewals()).isGreaterThan(renewals);
		assertThat(Keys.of(etcd, "monitored")).hasSize(1);
		makeRoom();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void fullWhileTheLeaseIsLost() {
		FaultScenario scenario = application.scenario("etcd full (NOSPACE), and the lease revoked meanwhile");
		fill();
		etcd.etcdctl("lease", "revoke", application.lease().id());
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> application.lease().problem() != null);
		makeRoom();
		scenario.assertRecovery();
	}

	private static void fill() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint())) {
			String megabyte = "x".repeat(1_000_000);
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> IntStream.range(0, 500).forEach((i) -> connection.put("big", megabyte)))
				.withMessageContaining("database space exceeded");
		}
	}

	private static void makeRoom() {
		etcd.etcdctl("compact", Long.toString(etcd.revision()));
		etcd.etcdctl("defrag");
		etcd.etcdctl("alarm", "disarm");
	}

}
