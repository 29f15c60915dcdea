package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The only etcd that there is goes away and comes back.
 */
class OutageFaultsIntegrationTests {

	private static EtcdServer etcd;

	private static Witness witness;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		witness = Witness.start(OutageFaultsIntegrationTests.class, etcd);
	}

	@AfterAll
	static void stop() {
		witness.close();
		etcd.close();
	}

	@Test
	void killedAndRestartedAfterTwoSeconds() {
		Trial trial = witness.trial("etcd killed, back after 2 s");
		long lease = witness.lease().lease();
		etcd.kill();
		trial.lasts(Duration.ofSeconds(2));
		etcd.restart();
		trial.over();
		assertThat(witness.lease().lease()).isEqualTo(lease);
		assertThat(witness.callers().unlisted()).isZero();
		assertThat(witness.callers().staleAt()).isPositive();
	}

	@Test
	void killedAndRestartedAfterThreeTimesToLive() {
		Trial trial = witness.trial("etcd killed, back after three times to live");
		long losses = witness.lease().losses();
		etcd.kill();
		trial.lasts(Witness.TTL.multipliedBy(3));
		etcd.restart();
		trial.over();
		// a lease has its full time to live anew when etcd starts
		assertThat(witness.lease().losses()).isEqualTo(losses);
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void stoppedInOrderAndRestarted() {
		Trial trial = witness.trial("etcd stopped in order and restarted");
		etcd.stop();
		etcd.restart();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void frozenWithItsSocketsOpen() {
		Trial trial = witness.trial("etcd frozen for 10 s with its sockets open");
		etcd.freeze();
		trial.lasts(Duration.ofSeconds(10));
		assertThat(witness.callers().staleAt()).isPositive();
		assertThat(witness.isListed()).isTrue();
		etcd.thaw();
		trial.over();
	}

	@Test
	void frozenForAMoment() {
		Trial trial = witness.trial("etcd frozen for 1.5 s");
		etcd.freeze();
		trial.lasts(Duration.ofMillis(1500));
		etcd.thaw();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

}
