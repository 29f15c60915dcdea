package io.github.etcdspring.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

import io.etcd.jetcd.Client;
import io.github.etcdspring.client.ClusterStatus.Endpoint;
import io.github.etcdspring.client.ClusterStatus.Member;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

class ClusterProbeIntegrationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	@Test
	void reportsMembersLeaderAndMissingMember() throws Exception {
		try (EtcdCluster cluster = EtcdCluster.start(3);
				TestConnection connection = TestConnection.to(cluster.endpoints())) {
			ClusterProbe probe = new ClusterProbe(connection.get());
			String leader = cluster.leader().name();
			ClusterStatus all = probe.probe(TIMEOUT);
			assertThat(all.problems()).isEmpty();
			assertThat(all.endpoints()).extracting(Endpoint::url).isEqualTo(cluster.endpoints());
			assertThat(all.endpoints()).allMatch((endpoint) -> endpoint.reachable() && endpoint.problem() == null);
			assertThat(all.members()).hasSize(3).allMatch((member) -> member.version() != null);
			assertThat(all.members()).filteredOn(Member::leader).extracting(Member::name).containsExactly(leader);
			assertThat(all.endpoints()).extracting(Endpoint::member)
				.containsExactlyInAnyOrderElementsOf(all.members().stream().map(Member::id).toList());
			List<EtcdServer> followers = cluster.followers();
			followers.get(0).kill();
			ClusterStatus missing = probe.probe(TIMEOUT);
			assertThat(missing.problems()).isEmpty();
			assertThat(missing.endpoints()).filteredOn((endpoint) -> !endpoint.reachable())
				.singleElement()
				.satisfies((endpoint) -> {
					assertThat(endpoint.url()).isEqualTo(followers.get(0).endpoint());
					assertThat(endpoint.problem()).startsWith("connection refused");
				});
			followers.get(1).kill();
			await().atMost(Duration.ofMinutes(1))
				.untilAsserted(() -> assertThat(probe.probe(TIMEOUT).problems())
					.containsExactly("the cluster has no leader and cannot process writes"));
		}
	}

	@Test
	void reportsAnUnreachableEndpointImmediately() throws Exception {
		try (TestConnection connection = TestConnection.to("http://127.0.0.1:1")) {
			long before = System.nanoTime();
			ClusterStatus status = new ClusterProbe(connection.get()).probe(Duration.ofMinutes(1));
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
			assertThat(status.problems()).containsExactly("no etcd endpoint answers");
			assertThat(status.members()).isEmpty();
			assertThat(status.endpoints()).singleElement()
				.satisfies((endpoint) -> assertThat(endpoint.problem())
					.isEqualTo("connection refused. Start etcd there, or correct spring.cloud.etcd.endpoints"));
		}
	}

	@Test
	void endsWithinTheTimeoutWhileAMemberIsFrozen() throws Exception {
		try (EtcdServer etcd = EtcdServer.start(); TestConnection connection = TestConnection.to(etcd.endpoint())) {
			ClusterProbe probe = new ClusterProbe(connection.get());
			assertThat(probe.probe(TIMEOUT).problems()).isEmpty();
			etcd.freeze();
			long before = System.nanoTime();
			ClusterStatus status = probe.probe(Duration.ofMillis(500));
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
			assertThat(status.endpoints()).extracting(Endpoint::problem).containsExactly("no answer within 500 ms");
			etcd.thaw();
			await().atMost(Duration.ofSeconds(10)).until(() -> probe.probe(TIMEOUT).problems().isEmpty());
		}
	}

	@Test
	void reportsTheMemberThatIsOutOfSpace() throws Exception {
		try (EtcdServer etcd = EtcdServer.builder().arguments("--quota-backend-bytes=200000").start();
				TestConnection connection = TestConnection.to(etcd.endpoint())) {
			// etcd knows its size only after each commit, every 100 ms
			await().atMost(Duration.ofSeconds(30))
				.pollInterval(Duration.ofMillis(10))
				.untilAsserted(() -> assertThatExceptionOfType(CompletionException.class)
					.isThrownBy(() -> connection.put("/large", "x".repeat(50_000)))
					.withMessageContaining("space"));
			ClusterStatus status = new ClusterProbe(connection.get()).probe(TIMEOUT);
			assertThat(status.members()).singleElement()
				.satisfies((member) -> assertThat(member.alarms()).containsExactly("NOSPACE"));
			assertThat(status.problems())
				.containsExactly("alarm NOSPACE raised by member " + status.members().get(0).id());
		}
	}

	@Test
	void reportsThatEtcdRefusesAccess() throws Exception {
		try (EtcdServer etcd = EtcdServer.start()) {
			etcd.enableAuthentication("right");
			try (TestConnection wrong = TestConnection.to(etcd.endpoint(), "username=root", "password=wr0ng");
					TestConnection right = TestConnection.to(etcd.endpoint(), "username=root", "password=right")) {
				assertThat(new ClusterProbe(right.get()).probe(TIMEOUT).problems()).isEmpty();
				ClusterStatus refused = new ClusterProbe(wrong.get()).probe(TIMEOUT);
				assertThat(refused.endpoints()).allMatch(Endpoint::reachable);
				assertThat(refused.problems()).singleElement()
					.asString()
					.contains("refuses access", "invalid user name or password")
					.doesNotContain("wr0ng");
			}
		}
	}

	@Test
	void reportsMembersWithAClientOfTheApplication() throws Exception {
		try (EtcdServer etcd = EtcdServer.start(); Client own = Client.builder().endpoints(etcd.endpoint()).build()) {
			EtcdConnection connection = new EtcdConnection(own, TIMEOUT, TIMEOUT, EtcdRequestException::getMessage,
					List.of());
			ClusterStatus status = new ClusterProbe(connection).probe(TIMEOUT);
			assertThat(status.problems()).isEmpty();
			assertThat(status.members()).extracting(Member::name).containsExactly("etcd");
			etcd.freeze();
			assertThat(new ClusterProbe(connection).probe(Duration.ofMillis(500)).problems())
				.containsExactly("etcd does not answer: no answer within 500 ms");
			etcd.thaw();
		}
	}

}
