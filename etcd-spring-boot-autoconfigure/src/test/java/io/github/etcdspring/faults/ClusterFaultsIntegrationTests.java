package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Failure and return of members of a cluster of three. While a majority is left, measures
 * how long the application takes to continue with the other members.
 */
class ClusterFaultsIntegrationTests {

	private static EtcdCluster cluster;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() {
		cluster = EtcdCluster.start(3);
		application = MonitoredApplication.start(ClusterFaultsIntegrationTests.class,
				ClusterFaultsIntegrationTests::serving, String.join(",", cluster.endpoints()));
	}

	private static EtcdServer serving() {
		return cluster.members().stream().filter(EtcdServer::isServing).findFirst().orElseGet(cluster::leader);
	}

	@AfterAll
	static void stop() {
		application.close();
		cluster.close();
	}

	@AfterEach
	void restore() {
		cluster.members().stream().filter(EtcdServer::isRunning).forEach(EtcdServer::thaw);
		cluster.restart();
	}

	@Test
	void leaderKilled() {
		FaultScenario scenario = application.scenario("leader of three killed");
		cluster.leader().kill();
		scenario.assertRecovery();
		FaultScenario back = application.scenario("leader of three back, as a follower");
		cluster.restart();
		back.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void followerKilled() {
		FaultScenario scenario = application.scenario("follower of three killed");
		cluster.followers().get(0).kill();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void leaderFrozen() {
		FaultScenario scenario = application.scenario("leader of three frozen with its sockets open");
		EtcdServer frozen = cluster.leader();
		frozen.freeze();
		scenario.assertRecovery();
		FaultScenario back = application.scenario("leader of three thawed, as a follower");
		frozen.thaw();
		back.assertRecovery();
		// A thawed leader of an older etcd may revoke leases that the new leader has
		// renewed (etcd issue 15247): the instance registers again at once
		assertThat(application.monitor().unlisted()).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void followerFrozen() {
		FaultScenario scenario = application.scenario("follower of three frozen with its sockets open");
		cluster.followers().get(0).freeze();
		scenario.assertRecovery();
	}

	@Test
	void majorityKilled() {
		FaultScenario scenario = application.scenario("two of three killed, back after 5 s");
		cluster.leader().kill();
		cluster.members().stream().filter(EtcdServer::isRunning).findFirst().orElseThrow().kill();
		scenario.lasts(Duration.ofSeconds(5));
		assertThat(application.monitor().staleAt()).isPositive();
		cluster.restart();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void rollingRestart() {
		FaultScenario scenario = application.scenario("rolling restart of three");
		for (EtcdServer member : cluster.members()) {
			member.restart();
			application.write();
		}
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

}
