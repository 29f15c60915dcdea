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
 * Members of a cluster of three go away and come back. Where the others can serve, it
 * counts how long the application takes to go on with those.
 */
class ClusterFaultsIntegrationTests {

	private static EtcdCluster cluster;

	private static Witness witness;

	@BeforeAll
	static void start() {
		cluster = EtcdCluster.start(3);
		witness = Witness.start(ClusterFaultsIntegrationTests.class, ClusterFaultsIntegrationTests::serving,
				String.join(",", cluster.endpoints()));
	}

	private static EtcdServer serving() {
		return cluster.members().stream().filter(EtcdServer::isServing).findFirst().orElseGet(cluster::leader);
	}

	@AfterAll
	static void stop() {
		witness.close();
		cluster.close();
	}

	@AfterEach
	void restore() {
		cluster.members().stream().filter(EtcdServer::isRunning).forEach(EtcdServer::thaw);
		cluster.restart();
	}

	@Test
	void leaderKilled() {
		Trial trial = witness.trial("leader of three killed");
		cluster.leader().kill();
		trial.over();
		Trial back = witness.trial("leader of three back, as a follower");
		cluster.restart();
		back.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void followerKilled() {
		Trial trial = witness.trial("follower of three killed");
		cluster.followers().get(0).kill();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void leaderFrozen() {
		Trial trial = witness.trial("leader of three frozen with its sockets open");
		EtcdServer frozen = cluster.leader();
		frozen.freeze();
		trial.over();
		Trial back = witness.trial("leader of three thawed, as a follower");
		frozen.thaw();
		back.over();
		// A thawed leader of an older etcd may revoke leases that the new leader has
		// renewed (etcd issue 15247): the instance registers again at once
		assertThat(witness.callers().unlisted()).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void followerFrozen() {
		Trial trial = witness.trial("follower of three frozen with its sockets open");
		cluster.followers().get(0).freeze();
		trial.over();
	}

	@Test
	void majorityKilled() {
		Trial trial = witness.trial("two of three killed, back after 5 s");
		cluster.leader().kill();
		cluster.members().stream().filter(EtcdServer::isRunning).findFirst().orElseThrow().kill();
		trial.lasts(Duration.ofSeconds(5));
		assertThat(witness.callers().staleAt()).isPositive();
		cluster.restart();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void rollingRestart() {
		Trial trial = witness.trial("rolling restart of three");
		for (EtcdServer member : cluster.members()) {
			member.restart();
			witness.write();
		}
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

}
