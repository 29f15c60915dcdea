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
 * etcd loses what it held, or cannot hold more.
 */
class DataFaultsIntegrationTests {

	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static Witness witness;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.builder().arguments("--quota-backend-bytes=16777216").start();
		proxy = TcpProxy.to(etcd.port());
		witness = Witness.start(DataFaultsIntegrationTests.class, () -> etcd, "http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		witness.close();
		proxy.close();
		etcd.close();
	}

	@Test
	void wipedAndStartedEmpty() {
		Trial trial = witness.trial("etcd wiped and started empty");
		etcd.wipe();
		trial.lasts(Duration.ofSeconds(1));
		// while nobody can say so
		assertThat(witness.others()).isNotEmpty();
		trial.losesData();
		etcd.restart();
		trial.over();
	}

	@Test
	void restoredFromAnOlderSnapshot(@TempDir Path folder) {
		witness.write();
		etcd.saveSnapshot(folder.resolve("older"));
		Trial lost = witness.trial("etcd restored from an older snapshot");
		IntStream.range(0, 3).forEach((i) -> witness.write());
		long revision = etcd.revision();
		etcd.restoreSnapshot(folder.resolve("older"));
		lost.losesData();
		etcd.restart();
		assertThat(etcd.revision()).isLessThan(revision);
		lost.over();
	}

	@Test
	void restoredFromASnapshotThatHasComeToTheSameRevisionByOtherChanges(@TempDir Path folder) {
		etcd.saveSnapshot(folder.resolve("older"));
		Trial lost = witness.trial("etcd restored, and as far again before anybody is connected");
		witness.write();
		await().atMost(Trial.LIMIT).until(() -> witness.others().equals(witness.othersInEtcd()));
		long revision = etcd.revision();
		proxy.refuse();
		proxy.cut();
		etcd.restoreSnapshot(folder.resolve("older"));
		lost.losesData();
		etcd.restart();
		while (etcd.revision() <= revision) {
			etcd.etcdctl("put", "/config/witness/other", "1");
		}
		proxy.accept();
		lost.over();
	}

	@Test
	void compactedPastEveryWatch() {
		Trial trial = witness.trial("cut off, and the history compacted meanwhile");
		proxy.refuse();
		proxy.cut();
		IntStream.range(0, 3).forEach((i) -> witness.write());
		etcd.etcdctl("compact", Long.toString(etcd.revision()));
		proxy.accept();
		trial.over();
	}

	@Test
	void leaseRevoked() {
		Trial trial = witness.trial("lease revoked");
		etcd.etcdctl("lease", "revoke", witness.lease().id());
		trial.over();
		assertThat(witness.callers().unlisted()).isLessThan(Witness.TTL);
	}

	@Test
	void everyKeyDeletedByHand() {
		Trial trial = witness.trial("every key deleted by hand");
		trial.losesData();
		etcd.etcdctl("del", "--prefix", "/");
		trial.over();
		assertThat(witness.callers().unlisted()).isLessThan(Witness.TTL);
	}

	@Test
	void fullUntilThereIsRoomAgain() {
		Trial trial = witness.trial("etcd full (NOSPACE), then compacted, defragmented and disarmed");
		fill();
		assertThatExceptionOfType(CommandException.class).isThrownBy(witness::write);
		long renewals = witness.renewals();
		trial.lasts(Witness.TTL.plusSeconds(1));
		assertThat(witness.renewals()).isGreaterThan(renewals);
		assertThat(Keys.of(etcd, "witness")).hasSize(1);
		makeRoom();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void fullWhileTheLeaseIsLost() {
		Trial trial = witness.trial("etcd full (NOSPACE), and the lease revoked meanwhile");
		fill();
		etcd.etcdctl("lease", "revoke", witness.lease().id());
		await().atMost(Trial.LIMIT).until(() -> witness.lease().problem() != null);
		makeRoom();
		trial.over();
	}

	private static void fill() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint())) {
			String megabyte = "x".repeat(1_000_000);
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> IntStream.range(0, 60).forEach((i) -> connection.put("big", megabyte)))
				.withMessageContaining("database space exceeded");
		}
	}

	private static void makeRoom() {
		etcd.etcdctl("compact", Long.toString(etcd.revision()));
		etcd.etcdctl("defrag");
		etcd.etcdctl("alarm", "disarm");
	}

}
