package io.github.etcdspring.faults;

import java.util.List;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rolling upgrade of a cluster to the next minor version, as in etcd's guide.
 */
class UpgradeFaultsIntegrationTests {

	@Test
	void rollingUpgrade() {
		EtcdBinary older = EtcdBinary.locate("3.4");
		EtcdBinary newer = EtcdBinary.locate("3.5");
		try (EtcdCluster cluster = EtcdCluster.start(3, EtcdServer.builder().binary(older))) {
			List<EtcdServer> members = cluster.members();
			try (MonitoredApplication application = MonitoredApplication.start(UpgradeFaultsIntegrationTests.class,
					() -> serving(members), String.join(",", cluster.endpoints()))) {
				long lease = application.lease().lease();
				for (EtcdServer member : members) {
					FaultScenario scenario = application.scenario("rolling upgrade " + older.version() + " to "
							+ newer.version() + ", member " + (members.indexOf(member) + 1) + " of 3");
					member.restart(newer);
					scenario.assertRecovery();
					assertThat(application.monitor().unlisted()).isZero();
				}
				assertThat(members)
					.allSatisfy((member) -> assertThat(member.etcdctl("endpoint", "status")).contains(newer.version()));
				assertThat(application.lease().lease()).isEqualTo(lease);
			}
		}
	}

	private static EtcdServer serving(List<EtcdServer> members) {
		return members.stream().filter(EtcdServer::isServing).findFirst().orElseThrow();
	}

}
