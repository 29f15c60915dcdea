package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.grpc.Status;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link LeaseLoop}: what becomes of a lease whatever becomes of
 * etcd.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeaseLoopIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

	private static final String KEY = "/services/orders/1";

	private static final String WARNING = "The registration in etcd is disturbed";

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final Faults faults = new Faults();

	@AfterEach
	void closeInReverse() throws Exception {
		for (int i = this.opened.size() - 1; i >= 0; i--) {
			this.opened.get(i).close();
		}
	}

	@Test
	void firstPutWaitsForEtcd() {
		EtcdServer etcd = start();
		etcd.kill();
		LeaseSession session = session(connect(etcd), TTL);
		CompletableFuture<Void> put = session.put(KEY, "1");
		within(8).until(() -> session.status().problem() != null);
		assertThat(session.status().problem().text()).contains(etcd.endpoint(), "connection refused");
		assertThat(session.status().lease()).isZero();
		etcd.restart();
		assertThat(put).succeedsWithin(Duration.ofSeconds(5));
		within(1).until(() -> session.status().problem() == null);
	}

	@ParameterizedTest
	@MethodSource
	void keepsLeaseAndKeyThroughARestart(Consumer<EtcdServer> end, Duration outage, CapturedOutput output) {
		EtcdServer etcd = start();
		LeaseSession session = session(connect(etcd), TTL);
		session.put(KEY, "s3cret").join();
		KeyValue before = connect(etcd).find(KEY);
		end.accept(etcd);
		pause(outage);
		etcd.restart();
		TestConnection store = connect(etcd);
		// beyond the time to live that every lease gets from the start of etcd
		await().during(TTL.plusSeconds(1))
			.atMost(TTL.plusSeconds(3))
			.until(() -> store.find(KEY) != null && store.find(KEY).getCreateRevision() == before.getCreateRevision());
		assertThat(store.find(KEY).getLease()).isEqualTo(session.status().lease());
		assertThat(session.status().losses()).isZero();
		assertThat(session.status().problem()).isNull();
		assertThat(output.getOut().split(WARNING, -1)).hasSizeLessThanOrEqualTo(2);
		assertThat(output).doesNotContain("s3cret");
	}

	static Stream<Arguments> keepsLeaseAndKeyThroughARestart() {
		Named<Consumer<EtcdServer>> crash = Named.of("crash", EtcdServer::kill);
		Named<Consumer<EtcdServer>> stop = Named.of("stop", EtcdServer::stop);
		Duration brief = Duration.ofMillis(500);
		Duration beyondTheTimeToLive = Duration.ofSeconds(4);
		return Stream.of(Arguments.of(crash, brief), Arguments.of(crash, beyondTheTimeToLive),
				Arguments.of(stop, beyondTheTimeToLive));
	}

	@Test
	void isNotAbsentWhileEtcdIsFrozenForHalfTheTimeToLive() {
		EtcdServer etcd = start();
		TestConnection store = connect(etcd);
		LeaseSession session = session(connect(etcd), TTL);
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
	void isBackWhenEtcdWasFrozenForLongerThanTheTimeToLive() {
		EtcdServer etcd = start();
		LeaseSession session = session(connect(etcd), TTL);
		session.put(KEY, "1").join();
		etcd.freeze();
		pause(TTL.plusSeconds(2));
		etcd.thaw();
		TestConnection store = connect(etcd);
		awaitOwn(store, session, "1", 5);
		await().during(TTL).until(() -> isOwn(store.find(KEY), session, "1"));
	}

	@Test
	void outlivesALeaderThatHangs() {
		EtcdCluster cluster = own(EtcdCluster.start(3));
		LeaseSession session = session(own(TestConnection.to(cluster.endpoints())), Duration.ofSeconds(5));
		session.put(KEY, "1").join();
		EtcdServer leader = cluster.leader();
		List<String> followers = cluster.followers().stream().map(EtcdServer::endpoint).toList();
		TestConnection store = own(TestConnection.to(followers));
		long created = store.find(KEY).getCreateRevision();
		leader.freeze();
		pause(Duration.ofSeconds(7));
		assertThat(store.find(KEY)).isNotNull();
		assertThat(store.find(KEY).getCreateRevision()).isEqualTo(created);
		leader.thaw();
		await().pollDelay(Duration.ofSeconds(1))
			.atMost(Duration.ofSeconds(3))
			.until(() -> isOwn(store.find(KEY), session, "1"));
		within(4).until(() -> session.status().problem() == null);
	}

	@Test
	void outlivesTheDeathOfTheLeader() {
		EtcdCluster cluster = own(EtcdCluster.start(3));
		LeaseSession session = session(own(TestConnection.to(cluster.endpoints())), Duration.ofSeconds(4));
		session.put(KEY, "1").join();
		cluster.leader().kill();
		TestConnection store = connect(cluster.leader());
		long created = store.find(KEY).getCreateRevision();
		pause(Duration.ofSeconds(6));
		assertThat(store.find(KEY)).isNotNull();
		assertThat(store.find(KEY).getCreateRevision()).isEqualTo(created);
		assertThat(session.status().losses()).isZero();
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void outlivesTheLossOfTheMajority() {
		EtcdCluster cluster = own(EtcdCluster.start(3));
		LeaseSession session = session(own(TestConnection.to(cluster.endpoints())), TTL);
		session.put(KEY, "1").join();
		cluster.leader().kill();
		cluster.leader().kill();
		pause(TTL.plusSeconds(2));
		assertThat(session.status().problem()).isNotNull();
		cluster.restart();
		awaitOwn(own(TestConnection.to(cluster.endpoints())), session, "1", 5);
		within(3).until(() -> session.status().problem() == null);
	}

	@Test
	void goesOnWhenEtcdForgetsItsTokens() {
		EtcdServer etcd = own(EtcdServer.builder().arguments("--auth-token-ttl=1").start());
		etcd.etcdctl("role", "add", "writer");
		etcd.etcdctl("role", "grant-permission", "writer", "--prefix=true", "readwrite", "/services/");
		etcd.etcdctl("user", "add", "alice:s3cret");
		etcd.etcdctl("user", "grant-role", "alice", "writer");
		etcd.enableAuthentication("s3cret");
		LeaseSession session = session(own(TestConnection.to(etcd.endpoint(), "username=alice", "password=s3cret")),
				TTL);
		session.put(KEY, "1").join();
		TestConnection store = own(TestConnection.to(etcd.endpoint(), "username=root", "password=s3cret"));
		pause(TTL.plusSeconds(1));
		store.delete(KEY);
		awaitOwn(store, session, "1", 2);
		etcd.restart();
		within(5).until(() -> session.status().problem() == null);
		store.delete(KEY);
		awaitOwn(store, session, "1", 6);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void givesUpALeaseForNoOtherErrorThanThatItIsGone() {
		EtcdServer etcd = start();
		List<Status> statuses = List.of(Status.UNAVAILABLE,
				Status.UNKNOWN.withDescription("etcdserver: leader changed"), Status.CANCELLED, Status.INTERNAL,
				Status.DEADLINE_EXCEEDED, Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied"));
		Map<String, LeaseSession> sessions = new HashMap<>();
		Map<String, Long> created = new HashMap<>();
		TestConnection store = connect(etcd);
		for (Status status : statuses) {
			Faults faults = new Faults();
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
	void renewsAtOnceWithAnotherTokenWhenItsTokenIsRefused(CapturedOutput output) {
		EtcdServer etcd = start();
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
	void neitherHurriesNorComplainsTwiceWhenNoLeaseLasts(CapturedOutput output) {
		EtcdServer etcd = start();
		LeaseSession session = session(faulty(etcd, this.faults), TTL);
		this.faults.fail("Txn", Status.NOT_FOUND.withDescription("etcdserver: requested lease not found"), 1000);
		session.put(KEY, "1");
		pause(Duration.ofSeconds(4));
		assertThat(this.faults.calls("LeaseGrant")).isBetween(3, 15);
		this.faults.fail("Txn", Status.OK, 0);
		awaitOwn(connect(etcd), session, "1", 4);
		assertThat(output).doesNotContain("\tat ");
	}

	@Test
	void complainsOnceOfAnOutageAndSaysWhenItIsOver(CapturedOutput output) {
		EtcdServer etcd = start();
		TcpProxy proxy = own(TcpProxy.to(etcd.port()));
		LeaseSession session = session(own(TestConnection.to("http://127.0.0.1:" + proxy.port())),
				Duration.ofSeconds(9));
		session.put(KEY, "s3cret").join();
		assertThat(output).doesNotContain(WARNING);
		proxy.refuse();
		proxy.cut();
		within(12).untilAsserted(() -> assertThat(output).contains(WARNING));
		assertThat(session.status().problem().text()).isEqualTo("etcd does not answer");
		pause(Duration.ofSeconds(3));
		proxy.accept();
		within(6).untilAsserted(
				() -> assertThat(output).containsOnlyOnce("The registration in etcd is no longer disturbed"));
		assertThat(session.status().problem()).isNull();
		assertThat(output).containsOnlyOnce(WARNING).doesNotContain("s3cret").doesNotContain("\tat ");
	}

	@Test
	void saysThatAnOutageIsOverThatCostTheLease(CapturedOutput output) {
		EtcdServer etcd = start();
		TcpProxy proxy = own(TcpProxy.to(etcd.port()));
		LeaseSession session = session(own(TestConnection.to("http://127.0.0.1:" + proxy.port())), TTL);
		session.put(KEY, "1").join();
		proxy.refuse();
		proxy.cut();
		within(5).untilAsserted(() -> assertThat(output).contains(WARNING));
		within(10).until(() -> connect(etcd).find(KEY) == null);
		proxy.accept();
		within(6).untilAsserted(
				() -> assertThat(output).containsOnlyOnce("The registration in etcd is no longer disturbed"));
		assertThat(output).containsOnlyOnce(WARNING).containsOnlyOnce("is gone from etcd");
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void complainsOnceOfANetworkThatBreaksAllTheTime(CapturedOutput output) {
		EtcdServer etcd = start();
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

	private EtcdServer start() {
		return own(EtcdServer.start());
	}

	private TestConnection connect(EtcdServer etcd) {
		return own(TestConnection.to(etcd.endpoint()));
	}

	private TestConnection faulty(EtcdServer etcd, Faults faults) {
		return own(TestConnection.to(etcd.endpoint(), (builder) -> builder.interceptor(faults)));
	}

	private LeaseSession session(TestConnection connection, Duration ttl) {
		return own(new LeaseSession(connection.get(), ttl));
	}

	private <T extends AutoCloseable> T own(T closeable) {
		this.opened.add(closeable);
		return closeable;
	}

	private static void awaitOwn(TestConnection store, LeaseSession session, String value, int seconds) {
		within(seconds).until(() -> isOwn(store.find(KEY), session, value));
	}

	private static boolean isOwn(KeyValue found, LeaseSession session, String value) {
		return found != null && found.getLease() == session.status().lease()
				&& found.getValue().toString().equals(value);
	}

	private static void pause(Duration duration) {
		await().pollDelay(duration).atMost(duration.plusSeconds(5)).until(() -> true);
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

}
