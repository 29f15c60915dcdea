package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.testsupport.EtcdCluster;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link LeaseSession}.
 */
class LeaseSessionIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(3);

	private static EtcdServer shared;

	private static TestConnection store;

	private final List<AutoCloseable> opened = new ArrayList<>();

	private String key;

	@BeforeAll
	static void startEtcd() {
		shared = EtcdServer.start();
		store = TestConnection.to(shared.endpoint());
	}

	@AfterAll
	static void stopEtcd() {
		store.close();
		shared.close();
	}

	@BeforeEach
	void chooseKey(TestInfo test) {
		this.key = "/" + test.getTestMethod().orElseThrow().getName();
	}

	@AfterEach
	void closeInReverse() throws Exception {
		for (int i = this.opened.size() - 1; i >= 0; i--) {
			this.opened.get(i).close();
		}
	}

	@Test
	void keepsAKeyBeyondItsTimeToLive() {
		LeaseSession session = put(shared, "1");
		KeyValue first = Objects.requireNonNull(store.find(this.key));
		assertThat(first.getLease()).isEqualTo(session.status().lease());
		assertThat(session.status().ttl()).isEqualTo(TTL);
		within(TTL.multipliedBy(3)).during(TTL.multipliedBy(2))
			.until(() -> modRevision(store) == first.getModRevision());
		assertThat(session.status().losses()).isZero();
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void putsALaterValueUnderTheSameLease() {
		LeaseSession session = put(shared, "1");
		long lease = session.status().lease();
		join(session.put(this.key, "2"));
		assertHolds(store, "2", lease);
	}

	@Test
	void completesAPutThatALaterOneReplaced() {
		EtcdServer own = own(EtcdServer.start());
		own.kill();
		LeaseSession session = session(connect(own));
		CompletableFuture<Void> first = session.put(this.key, "1");
		CompletableFuture<Void> second = session.put(this.key, "2");
		assertThat(first).isNotDone();
		own.restart();
		within(Duration.ofSeconds(15)).until(() -> first.isDone() && second.isDone());
		assertThat(first).isCompleted();
		assertHolds(connect(own), "2", session.status().lease());
	}

	@Test
	void removesAKeyAndPutsItAgain() {
		LeaseSession session = put(shared, "1");
		join(session.remove(this.key));
		assertThat(store.find(this.key)).isNull();
		join(session.put(this.key, "2"));
		assertHolds(store, "2", session.status().lease());
	}

	@Test
	void takesANewLeaseWhenItsOwnIsRevoked() {
		LeaseSession session = put(shared, "1");
		long lost = session.status().lease();
		store.revokeLease(lost);
		within(TTL.plusSeconds(2)).until(() -> store.find(this.key) != null);
		assertThat(session.status().lease()).isNotEqualTo(lost);
		assertThat(session.status().losses()).isEqualTo(1);
		assertHolds(store, "1", session.status().lease());
	}

	@Test
	void putsADeletedKeyBackAtOnce() {
		LeaseSession session = put(shared, "1");
		store.delete(this.key);
		within(Duration.ofSeconds(2)).until(() -> store.find(this.key) != null);
		assertHolds(store, "1", session.status().lease());
	}

	@Test
	void putsAKeyBackThatWasOverwrittenByHand() {
		LeaseSession session = put(shared, "1");
		store.put(this.key, "by hand");
		within(Duration.ofSeconds(2)).untilAsserted(() -> assertHolds(store, "1", session.status().lease()));
	}

	@Test
	void leavesAKeyToTheLiveProcessThatHoldsIt() {
		LeaseSession holder = put(shared, "first");
		LeaseSession second = session(connect(shared));
		CompletableFuture<Void> put = second.put(this.key, "second");
		within(Duration.ofSeconds(5)).until(() -> second.status().problem() != null);
		assertThat(Objects.requireNonNull(second.status().problem()).text()).contains(this.key)
			.contains("held by another process");
		within(TTL.multipliedBy(2)).during(TTL.plusSeconds(1)).until(() -> "first".equals(value(store)));
		assertThat(put).isNotDone();
		holder.close();
		within(Duration.ofSeconds(2)).untilAsserted(() -> assertHolds(store, "second", second.status().lease()));
		within(Duration.ofSeconds(2)).until(() -> second.status().problem() == null);
		assertThat(put).isCompleted();
	}

	@Test
	void leavesAKeyToTheProcessThatTookItOver() {
		LeaseSession session = put(shared, "1");
		long foreign = store.grantLease(Duration.ofSeconds(60));
		store.put(this.key, "foreign", foreign);
		within(Duration.ofSeconds(5)).until(() -> session.status().problem() != null);
		assertHolds(store, "foreign", foreign);
		store.revokeLease(foreign);
		within(Duration.ofSeconds(2)).untilAsserted(() -> assertHolds(store, "1", session.status().lease()));
	}

	@Test
	void takesTheKeyOfAKilledPredecessorWhenItsLeaseExpires() {
		long predecessor = store.grantLease(TTL);
		store.put(this.key, "predecessor", predecessor);
		LeaseSession session = session(connect(shared));
		CompletableFuture<Void> put = session.put(this.key, "successor");
		within(TTL.plusSeconds(2)).until(put::isDone);
		assertHolds(store, "successor", session.status().lease());
	}

	@Test
	void putsAsSoonAsEtcdIsThere() {
		EtcdServer own = own(EtcdServer.start());
		own.kill();
		LeaseSession session = session(connect(own));
		CompletableFuture<Void> put = session.put(this.key, "1");
		within(Duration.ofSeconds(15)).until(() -> session.status().problem() != null);
		assertThat(Objects.requireNonNull(session.status().problem()).text()).contains(own.endpoint())
			.contains("connection refused");
		own.restart();
		within(Duration.ofSeconds(8)).until(put::isDone);
		assertThat(put).isCompleted();
		within(Duration.ofSeconds(2)).until(() -> session.status().problem() == null);
	}

	@Test
	void keepsItsLeaseThroughAnOutageLongerThanItsTimeToLive() {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = put(own, "1");
		long lease = session.status().lease();
		own.kill();
		within(TTL.multipliedBy(4)).until(() -> session.status().problem() != null);
		await().pollDelay(TTL.multipliedBy(2)).until(() -> true);
		own.restart();
		TestConnection again = connect(own);
		within(TTL.plusSeconds(8)).during(TTL.plusSeconds(2)).until(() -> "1".equals(value(again)));
		assertHolds(again, "1", lease);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void isNotDisturbedByARestartShorterThanItsTimeToLive() {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = put(own, "1");
		long revision = modRevision(connect(own));
		own.stop();
		own.restart();
		TestConnection again = connect(own);
		within(TTL.plusSeconds(8)).during(TTL.plusSeconds(2)).until(() -> modRevision(again) == revision);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void isBackAfterEtcdWasWiped() {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = put(own, "1");
		own.wipe();
		own.restart();
		TestConnection again = connect(own);
		within(Duration.ofSeconds(10)).until(() -> again.find(this.key) != null);
		assertHolds(again, "1", session.status().lease());
	}

	@Test
	void isBackAfterEtcdWasRestoredFromBeforeTheKey(@TempDir Path folder) {
		EtcdServer own = own(EtcdServer.start());
		own.saveSnapshot(folder.resolve("before.db"));
		LeaseSession session = put(own, "1");
		own.kill();
		own.restoreSnapshot(folder.resolve("before.db"));
		own.restart();
		TestConnection again = connect(own);
		within(Duration.ofSeconds(10)).until(() -> again.find(this.key) != null);
		assertHolds(again, "1", session.status().lease());
	}

	@Test
	void isBackWithItsPresentValueAfterEtcdWasRestoredFromAnEarlierOne(@TempDir Path folder) {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = put(own, "earlier");
		own.saveSnapshot(folder.resolve("earlier.db"));
		join(session.put(this.key, "present"));
		own.kill();
		own.restoreSnapshot(folder.resolve("earlier.db"));
		own.restart();
		TestConnection again = connect(own);
		within(Duration.ofSeconds(10)).until(() -> "present".equals(value(again)));
		assertHolds(again, "present", session.status().lease());
	}

	@Test
	void isNotDisturbedByAnEtcdThatHangsForHalfItsTimeToLive() {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = session(connect(own), Duration.ofSeconds(6));
		join(session.put(this.key, "1"));
		long revision = modRevision(connect(own));
		own.freeze();
		await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
		own.thaw();
		TestConnection again = connect(own);
		within(Duration.ofSeconds(12)).during(Duration.ofSeconds(7)).until(() -> modRevision(again) == revision);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void keepsItsKeyWhenTheLeaderIsKilled() {
		EtcdCluster cluster = own(EtcdCluster.start(3));
		TestConnection connection = own(TestConnection.to(cluster.endpoints()));
		LeaseSession session = session(connection, Duration.ofSeconds(5));
		join(session.put(this.key, "1"));
		long revision = modRevision(connection);
		cluster.leader().kill();
		TestConnection other = own(TestConnection.to(cluster.followers().get(0).endpoint()));
		within(Duration.ofSeconds(15)).ignoreExceptions()
			.during(Duration.ofSeconds(7))
			.until(() -> modRevision(other) == revision);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void isRenewedAlthoughItsTokenIsForgotten() {
		EtcdServer own = own(EtcdServer.start());
		own.enableAuthentication("secret");
		TestConnection connection = own(TestConnection.to(own.endpoint(), "username=root", "password=secret"));
		LeaseSession session = session(connection);
		join(session.put(this.key, "1"));
		long revision = modRevision(connection);
		// simple tokens live in the memory of etcd
		own.stop();
		own.restart();
		TestConnection again = own(TestConnection.to(own.endpoint(), "username=root", "password=secret"));
		within(TTL.plusSeconds(10)).during(TTL.multipliedBy(2)).until(() -> modRevision(again) == revision);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void saysThatItLacksPermissionAndGoesOnRenewing() {
		EtcdServer own = own(EtcdServer.start());
		own.etcdctl("user", "add", "app:secret");
		own.enableAuthentication("root");
		LeaseSession session = session(own(TestConnection.to(own.endpoint(), "username=app", "password=secret")));
		CompletableFuture<Void> put = session.put(this.key, "1");
		within(Duration.ofSeconds(10)).until(() -> session.status().problem() != null);
		assertThat(Objects.requireNonNull(session.status().problem()).text()).contains("permission denied")
			.contains("grant-permission")
			.doesNotContain("secret");
		assertThat(Objects.requireNonNull(session.status().problem()).needsOperator()).isTrue();
		assertThat(put).isNotDone();
		long lease = session.status().lease();
		within(TTL.multipliedBy(4)).during(TTL.multipliedBy(2)).until(() -> session.status().lease() == lease);
	}

	@Test
	void revokesItsLeaseWhenClosed() {
		LeaseSession session = put(shared, "1");
		session.close();
		assertThat(store.find(this.key)).isNull();
		assertThat(session.status().lease()).isZero();
		assertThat(session.put(this.key, "late")).isCompletedExceptionally();
		assertThat(store.find(this.key)).isNull();
		assertThat(threads()).isEmpty();
	}

	@Test
	void leavesTheKeyToItsTimeToLiveWhenAbandoned() {
		LeaseSession session = put(shared, "1");
		session.abandon();
		assertThat(store.find(this.key)).isNotNull();
		within(TTL.plusSeconds(2)).until(() -> store.find(this.key) == null);
	}

	@Test
	void closesInTimeWhenEtcdHangs() {
		EtcdServer own = own(EtcdServer.start());
		LeaseSession session = put(own, "1");
		own.freeze();
		long started = System.nanoTime();
		session.close();
		assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(8));
		assertThat(threads()).isEmpty();
		own.thaw();
		TestConnection again = connect(own);
		within(TTL.plusSeconds(8)).until(() -> again.find(this.key) == null);
	}

	@Test
	void closesWithoutEverHavingSeenEtcd() {
		EtcdServer own = own(EtcdServer.start());
		own.kill();
		LeaseSession session = session(connect(own));
		CompletableFuture<Void> put = session.put(this.key, "1");
		session.close();
		assertThat(put).isCancelled();
		assertThat(threads()).isEmpty();
		own.restart();
		TestConnection again = connect(own);
		within(Duration.ofSeconds(8)).during(Duration.ofSeconds(3)).until(() -> again.find(this.key) == null);
	}

	private LeaseSession put(EtcdServer server, String value) {
		LeaseSession session = session(connect(server));
		join(session.put(this.key, value));
		return session;
	}

	private TestConnection connect(EtcdServer server) {
		return own(TestConnection.to(server.endpoint(), "request-timeout=2s"));
	}

	private LeaseSession session(TestConnection connection) {
		return session(connection, TTL);
	}

	private LeaseSession session(TestConnection connection, Duration ttl) {
		return own(new LeaseSession(connection.get(), ttl));
	}

	private <T extends AutoCloseable> T own(T closeable) {
		this.opened.add(closeable);
		return closeable;
	}

	private void assertHolds(TestConnection connection, String value, long lease) {
		KeyValue held = connection.find(this.key);
		assertThat(held).isNotNull();
		assertThat(held.getValue().toString(StandardCharsets.UTF_8)).isEqualTo(value);
		assertThat(held.getLease()).isEqualTo(lease);
	}

	private long modRevision(TestConnection connection) {
		KeyValue held = connection.find(this.key);
		return (held != null) ? held.getModRevision() : -1;
	}

	private String value(TestConnection connection) {
		KeyValue held = connection.find(this.key);
		return (held != null) ? held.getValue().toString(StandardCharsets.UTF_8) : "";
	}

	private static void join(CompletableFuture<Void> done) {
		done.orTimeout(15, TimeUnit.SECONDS).join();
	}

	private static ConditionFactory within(Duration timeout) {
		return await().atMost(timeout).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter(Thread::isAlive)
			.map(Thread::getName)
			.filter((name) -> name.equals("etcd-lease") || name.startsWith("etcd-mirror-own-key"))
			.toList();
	}

}
