package io.github.etcdspring.faults;

import java.util.List;

import io.github.etcdspring.testsupport.EtcdBinary;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * etcd becomes another one member by member, as its guide says.
 */
class UpgradeFaultsIntegrationTests {

	@Test
	void rollingUpgrade() {
		EtcdBinary older = EtcdBinary.locate("3.4");
		EtcdBinary newer = EtcdBinary.locate("3.5");
		try (EtcdCluster cluster = EtcdCluster.start(3, EtcdServer.builder().binary(older))) {
			List<EtcdServer> members = cluster.members();
			try (Witness witness = Witness.start(UpgradeFaultsIntegrationTests.class, () -> serving(members),
					String.join(",", cluster.endpoints()))) {
				long lease = witness.lease().lease();
				for (EtcdServer member : members) {
					Trial trial = witness.trial("rolling upgrade " + older.version() + " to " + newer.version()
							+ ", member " + (members.indexOf(member) + 1) + " of 3");
					member.restart(newer);
					trial.over();
					assertThat(witness.callers().unlisted()).isZero();
				}
				assertThat(members)
					.allSatisfy((member) -> assertThat(member.etcdctl("endpoint", "status")).contains(newer.version()));
				assertThat(witness.lease().lease()).isEqualTo(lease);
			}
		}
	}

	private static EtcdServer serving(List<EtcdServer> members) {
		return members.stream().filter(EtcdServer::isServing).findFirst().orElseThrow();
	}

}
