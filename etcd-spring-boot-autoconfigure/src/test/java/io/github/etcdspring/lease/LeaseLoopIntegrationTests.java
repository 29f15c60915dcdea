package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.grpc.Status;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link LeaseLoop} under faults of etcd.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeaseLoopIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

	private static final String KEY = "/services/orders/1";

	private static final String WARNING = "Registration in etcd is failing";

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final FaultInjector faults = new FaultInjector();

	@Test
	void firstPutWaitsForEtcd() {
		EtcdServer etcd = this.opened.etcd();
		etcd.kill();
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		CompletableFuture<Void> put = session.put(KEY, "1");
		within(8).until(() -> session.status().problem() != null);
		assertThat(session.status().problem().text()).contains(etcd.endpoint(), "connection refused");
		assertThat(session.status().lease()).isZero();
		etcd.restart();
		assertThat(put).succeedsWithin(Duration.ofSeconds(5));
		within(1).until(() -> session.status().problem() == null);
	}

	@Test
	void lostGrantDelaysNoLongerThanLostRenewal() {
		LeaseSession session = session(faulty(this.opened.etcd(), this.faults), TTL);
		this.faults.drop("LeaseGrant", 1);
		assertThat(session.put(KEY, "1")).succeedsWithin(Duration.ofSeconds(4));
		assertThat(this.faults.calls("LeaseGrant")).isEqualTo(2);
	}

	@ParameterizedTest
	@MethodSource
	void keepsLeaseAndKeyAcrossRestart(Consumer<EtcdServer> end, Duration outage, CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.put(KEY, "s3cret").join();
		KeyValue before = this.opened.connection(etcd).find(KEY);
		end.accept(etcd);
		pause(outage);
		etcd.restart();
		TestConnection store = this.opened.connection(etcd);
		// longer than the TTL, to which etcd extends every lease when it starts
		await().during(TTL.plusSeconds(1))
			.atMost(TTL.plusSeconds(3))
			.until(() -> store.find(KEY) != null && store.find(KEY).getCreateRevision() == before.getCreateRevision());
		assertThat(store.find(KEY).getLease()).isEqualTo(session.status().lease());
		assertThat(session.status().losses()).isZero();
		assertThat(session.status().problem()).isNull();
		assertThat(output.getOut().split(WARNING, -1)).hasSizeLessThanOrEqualTo(2);
		assertThat(output).doesNotContain("s3cret");
	}

	static Stream<Arguments> keepsLeaseAndKeyAcrossRestart() {
		Named<Consumer<EtcdServer>> crash = Named.of("crash", EtcdServer::kill);
		Named<Consumer<EtcdServer>> stop = Named.of("stop", EtcdServer::stop);
		Duration shortOutage = Duration.ofMillis(500);
		Duration longerThanTheTtl = Duration.ofSeconds(4);
		return Stream.of(Arguments.of(crash, shortOutage), Arguments.of(crash, longerThanTheTtl),
				Arguments.of(stop, longerThanTheTtl));
	}

	@Test
	void staysRegisteredWhileEtcdIsFrozenForHalfTheTtl() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection store = this.opened.connection(etcd);
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.put(KEY, "1").join();
		long created = store.find(KEY).getCreateRevision();
		for (int i = 0; i < 3; i++) {
			etcd.freeze();
			pause(TTL.dividedBy(2));
			etcd.thaw();
			pause(TTL.dividedBy(2));
		}
		assertThat(store.find(KEY).getCreateRevision()).isEqualTo(created);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void registersAgainAfterEtcdWasFrozenLongerThanTheTtl() {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.put(KEY, "1").join();
		etcd.freeze();
		pause(TTL.plusSeconds(2));
		etcd.thaw();
		TestConnection store = this.opened.connection(etcd);
		Ownership.awaitOwn(store, KEY, session, "1", 5);
		await().during(TTL).until(() -> Ownership.isOwn(store.find(KEY), session, "1"));
	}

	@Test
	void survivesHungLeader() {
		EtcdCluster cluster = this.opened.add(EtcdCluster.start(3));
		LeaseSession session = session(this.opened.connection(cluster.endpoints()), Duration.ofSeconds(5));
		session.put(KEY, "1").join();
		EtcdServer leader = cluster.leader();
		List<String> followers = cluster.followers().stream().map(EtcdServer::endpoint).toList();
		TestConnection store = this.opened.connection(followers);
		long created = store.find(KEY).getCreateRevision();
		leader.freeze();
		pause(Duration.ofSeconds(7));
		assertThat(store.find(KEY)).isNotNull();
		assertThat(store.find(KEY).getCreateRevision()).isEqualTo(created);
		leader.thaw();
		await().pollDelay(Duration.ofSeconds(1))
			.atMost(Duration.ofSeconds(3))
			.until(() -> Ownership.isOwn(store.find(KEY), session, "1"));
		within(4).until(() -> session.status().problem() == null);
	}

	@Test
	void survivesLeaderCrash() {
		EtcdCluster cluster = this.opened.add(EtcdCluster.start(3));
		LeaseSession session = session(this.opened.connection(cluster.endpoints()), Duration.ofSeconds(4));
		session.put(KEY, "1").join();
		cluster.leader().kill();
		TestConnection store = this.opened.connection(cluster.leader());
		long created = store.find(KEY).getCreateRevision();
		pause(Duration.ofSeconds(6));
		assertThat(store.find(KEY)).isNotNull();
		assertThat(store.find(KEY).getCreateRevision()).isEqualTo(created);
		assertThat(session.status().losses()).isZero();
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void survivesLossOfQuorum() {
		EtcdCluster cluster = this.opened.add(EtcdCluster.start(3));
		LeaseSession session = session(this.opened.connection(cluster.endpoints()), TTL);
		session.put(KEY, "1").join();
		cluster.leader().kill();
		cluster.leader().kill();
		pause(TTL.plusSeconds(2));
		assertThat(session.status().problem()).isNotNull();
		cluster.restart();
		Ownership.awaitOwn(this.opened.connection(cluster.endpoints()), KEY, session, "1", 5);
		within(3).until(() -> session.status().problem() == null);
	}

	@Test
	void survivesExpiryAndLossOfAuthenticationTokens() {
		EtcdServer etcd = this.opened.add(EtcdServer.builder().arguments("--auth-token-ttl=1").start());
		etcd.etcdctl("role", "add", "writer");
		etcd.etcdctl("role", "grant-permission", "writer", "--prefix=true", "readwrite", "/services/");
		etcd.etcdctl("user", "add", "alice:s3cret");
		etcd.etcdctl("user", "grant-role", "alice", "writer");
		etcd.enableAuthentication("s3cret");
		LeaseSession session = session(
				this.opened.add(TestConnection.to(etcd.endpoint(), "username=alice", "password=s3cret")), TTL);
		session.put(KEY, "1").join();
		TestConnection store = this.opened.add(TestConnection.to(etcd.endpoint(), "username=root", "password=s3cret"));
		pause(TTL.plusSeconds(1));
		store.delete(KEY);
		Ownership.awaitOwn(store, KEY, session, "1", 2);
		etcd.restart();
		within(5).until(() -> session.status().problem() == null);
		store.delete(KEY);
		Ownership.awaitOwn(store, KEY, session, "1", 6);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void replacesLeaseOnlyWhenEtcdReportsNotFound() {
		EtcdServer etcd = this.opened.etcd();
		List<Status> statuses = List.of(Status.UNAVAILABLE,
				Status.UNKNOWN.withDescription("etcdserver: leader changed"), Status.CANCELLED, Status.INTERNAL,
				Status.DEADLINE_EXCEEDED, Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied"));
		Map<String, LeaseSession> sessions = new HashMap<>();
		Map<String, Long> created = new HashMap<>();
		TestConnection store = this.opened.connection(etcd);
		for (Status status : statuses) {
			FaultInjector faults = new FaultInjector();
			String key = KEY + status.getCode();
			LeaseSession session = session(faulty(etcd, faults), TTL);
			session.put(key, "1").join();
			faults.fail("LeaseKeepAlive", status, 2);
			sessions.put(key, session);
			created.put(key, store.find(key).getCreateRevision());
		}
		pause(TTL.plusSeconds(1));
		assertThat(sessions).allSatisfy((key, session) -> {
			assertThat(store.find(key)).isNotNull();
			assertThat(store.find(key).getCreateRevision()).isEqualTo(created.get(key));
			assertThat(session.status().losses()).isZero();
			assertThat(session.status().problem()).isNull();
		});
	}

	@Test
	void renewsImmediatelyWithNewTokenWhenTokenIsRejected(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(faulty(etcd, this.faults), TTL);
		session.put(KEY, "1").join();
		int before = this.faults.calls("LeaseKeepAlive");
		this.faults.fail("LeaseKeepAlive", Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token"), 1);
		within(2).until(() -> this.faults.calls("LeaseKeepAlive") > before);
		within(1).until(() -> this.faults.calls("LeaseKeepAlive") == before + 2);
		assertThat(this.faults.calls("LeaseTimeToLive")).isEqualTo(1);
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void backsOffAndLogsOnceWhenEveryLeaseIsLost(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(faulty(etcd, this.faults), TTL);
		this.faults.fail("Txn", Status.NOT_FOUND.withDescription("etcdserver: requested lease not found"), 1000);
		session.put(KEY, "1");
		pause(Duration.ofSeconds(4));
		assertThat(this.faults.calls("LeaseGrant")).isBetween(3, 15);
		this.faults.fail("Txn", Status.OK, 0);
		Ownership.awaitOwn(this.opened.connection(etcd), KEY, session, "1", 4);
		assertThat(output).doesNotContain("\tat ");
	}

	@Test
	void logsOutageAndRecoveryOnce(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		LeaseSession session = session(this.opened.add(TestConnection.to("http://127.0.0.1:" + proxy.port())),
				Duration.ofSeconds(9));
		session.put(KEY, "s3cret").join();
		assertThat(output).doesNotContain(WARNING);
		proxy.refuse();
		proxy.cut();
		within(12).untilAsserted(() -> assertThat(output).contains(WARNING));
		assertThat(session.status().problem().text()).isEqualTo("etcd does not answer");
		pause(Duration.ofSeconds(3));
		proxy.accept();
		within(6).untilAsserted(() -> assertThat(output).containsOnlyOnce("Registration in etcd has recovered"));
		assertThat(session.status().problem()).isNull();
		assertThat(output).containsOnlyOnce(WARNING).doesNotContain("s3cret").doesNotContain("\tat ");
	}

	@Test
	void logsOutageOfALeaseForLocksAsSuch(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		etcd.kill();
		session(this.opened.connection(etcd), TTL).start();
		within(8).untilAsserted(() -> assertThat(output).contains("The lease for locks is failing"));
		etcd.restart();
		within(6).untilAsserted(() -> assertThat(output).contains("The lease for locks has recovered"));
		assertThat(output).doesNotContain("Registration");
	}

	@Test
	void logsRecoveryFromOutageThatLostTheLease(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		LeaseSession session = session(this.opened.add(TestConnection.to("http://127.0.0.1:" + proxy.port())), TTL);
		session.put(KEY, "1").join();
		proxy.refuse();
		proxy.cut();
		within(5).untilAsserted(() -> assertThat(output).contains(WARNING));
		within(10).until(() -> this.opened.connection(etcd).find(KEY) == null);
		proxy.accept();
		within(6).untilAsserted(() -> assertThat(output).containsOnlyOnce("Registration in etcd has recovered"));
		assertThat(output).containsOnlyOnce(WARNING)
			.containsOnlyOnce("not found in etcd, it has expired or was revoked");
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void logsFlappingNetworkOnce(CapturedOutput output) {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(faulty(etcd, this.faults), TTL);
		session.put(KEY, "1").join();
		this.faults.fail("LeaseKeepAlive", Status.UNAVAILABLE.withDescription("test"), 6);
		within(5).until(() -> session.status().problem() != null);
		within(8).until(() -> session.status().problem() == null);
		this.faults.fail("LeaseKeepAlive", Status.UNAVAILABLE.withDescription("test"), 3);
		within(5).until(() -> session.status().problem() != null);
		within(5).until(() -> session.status().problem() == null);
		assertThat(output).containsOnlyOnce(WARNING).doesNotContain("\tat ");
	}

	private TestConnection faulty(EtcdServer etcd, FaultInjector faults) {
		return this.opened.add(TestConnection.to(etcd.endpoint(), (builder) -> builder.interceptor(faults)));
	}

	private LeaseSession session(TestConnection connection, Duration ttl) {
		return this.opened.add(new LeaseSession(connection.get(), ttl));
	}

	private static void pause(Duration duration) {
		await().pollDelay(duration).atMost(duration.plusSeconds(5)).until(() -> true);
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

}
