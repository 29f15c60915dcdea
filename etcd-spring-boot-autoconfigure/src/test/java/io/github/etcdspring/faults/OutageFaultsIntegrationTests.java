package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Outage and return of a single etcd.
 */
class OutageFaultsIntegrationTests {

	private static EtcdServer etcd;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		application = MonitoredApplication.start(OutageFaultsIntegrationTests.class, etcd);
	}

	@AfterAll
	static void stop() {
		application.close();
		etcd.close();
	}

	@Test
	void killedAndRestartedAfterTwoSeconds() {
		FaultScenario scenario = application.scenario("etcd killed, back after 2 s");
		long lease = application.lease().lease();
		etcd.kill();
		scenario.lasts(Duration.ofSeconds(2));
		etcd.restart();
		scenario.assertRecovery();
		assertThat(application.lease().lease()).isEqualTo(lease);
		assertThat(application.monitor().unlisted()).isZero();
		assertThat(application.monitor().staleAt()).isPositive();
	}

	@Test
	void killedAndRestartedAfterThreeTtls() {
		FaultScenario scenario = application.scenario("etcd killed, back after three times to live");
		long losses = application.lease().losses();
		etcd.kill();
		scenario.lasts(MonitoredApplication.TTL.multipliedBy(3));
		etcd.restart();
		scenario.assertRecovery();
		// etcd restarts the full TTL of each lease when it starts
		assertThat(application.lease().losses()).isEqualTo(losses);
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void stoppedGracefullyAndRestarted() {
		FaultScenario scenario = application.scenario("etcd stopped in order and restarted");
		etcd.stop();
		etcd.restart();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void frozenWithItsSocketsOpen() {
		FaultScenario scenario = application.scenario("etcd frozen for 10 s with its sockets open");
		etcd.freeze();
		scenario.lasts(Duration.ofSeconds(10));
		assertThat(application.monitor().staleAt()).isPositive();
		assertThat(application.isListed()).isTrue();
		etcd.thaw();
		scenario.assertRecovery();
	}

	@Test
	void frozenBriefly() {
		FaultScenario scenario = application.scenario("etcd frozen for 1.5 s");
		etcd.freeze();
		scenario.lasts(Duration.ofMillis(1500));
		etcd.thaw();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

}
