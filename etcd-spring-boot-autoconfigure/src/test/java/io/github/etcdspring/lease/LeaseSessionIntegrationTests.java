package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link LeaseSession}.
 */
class LeaseSessionIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

	@SharedEtcd
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private String key;

	@BeforeEach
	void chooseKey(TestInfo test) {
		this.key = "/" + test.getTestMethod().orElseThrow().getName();
	}

	@Test
	void startsNoThreadBeforeFirstPut() {
		LeaseSession session = session();
		assertThat(threads()).isEmpty();
		assertThat(session.status().lease()).isZero();
		session.close();
		assertThat(threads()).isEmpty();
	}

	@Test
	void writesKeyUnderItsLease() throws InterruptedException {
		LeaseSession session = session();
		assertThat(session.put(this.key, "1")).succeedsWithin(Duration.ofSeconds(5));
		assertThat(session.awaitLease(Duration.ZERO)).isTrue();
		KeyValue found = store.find(this.key);
		assertThat(found.getValue()).hasToString("1");
		assertThat(found.getLease()).isEqualTo(session.status().lease()).isNotZero();
		assertThat(session.status().ttl()).isEqualTo(TTL);
		assertThat(session.status().problem()).isNull();
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void keepsKeysBeyondTheTtl() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		KeyValue found = store.find(this.key);
		await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
		assertThat(store.find(this.key).getModRevision()).isEqualTo(found.getModRevision());
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void updatesValue() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		KeyValue found = store.find(this.key);
		session.put(this.key, "2").join();
		assertThat(store.find(this.key).getValue()).hasToString("2");
		assertThat(store.find(this.key).getCreateRevision()).isEqualTo(found.getCreateRevision());
	}

	@Test
	void keepsSeveralKeys() {
		LeaseSession session = session();
		CompletableFuture.allOf(session.put(this.key + 1, "1"), session.put(this.key + 2, "2")).join();
		session.remove(this.key + 1).join();
		assertThat(store.find(this.key + 1)).isNull();
		assertThat(store.find(this.key + 2).getValue()).hasToString("2");
	}

	@Test
	void removesKeyAndWritesItAgain() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		long lease = session.status().lease();
		assertThat(session.remove(this.key)).succeedsWithin(Duration.ofSeconds(2));
		assertThat(store.find(this.key)).isNull();
		session.put(this.key, "2").join();
		assertThat(store.find(this.key).getLease()).isEqualTo(lease);
	}

	@Test
	void writesLastValueBeforeItRemovesTheKey() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		long revision = store.find(this.key).getModRevision();
		assertThat(session.remove(this.key, "last")).succeedsWithin(Duration.ofSeconds(2));
		assertThat(store.find(this.key)).isNull();
		assertThat(etcd.etcdctl("get", this.key, "--rev=" + (revision + 1), "--print-value-only").trim())
			.isEqualTo("last");
		session.put(this.key, "2").join();
		assertThat(store.find(this.key).getValue()).hasToString("2");
	}

	@Test
	void removesKeyWithLastValueAfterItsLeaseWasRevoked() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		store.revokeLease(session.status().lease());
		assertThat(session.remove(this.key, "last")).succeedsWithin(Duration.ofSeconds(5));
		await().during(Duration.ofSeconds(1)).until(() -> store.find(this.key) == null);
	}

	@Test
	void doesNotRemoveForeignKey() {
		store.put(this.key, "other's", store.grantLease(Duration.ofMinutes(1)));
		LeaseSession session = session();
		assertThat(session.remove(this.key)).succeedsWithin(Duration.ofSeconds(5));
		assertThat(store.find(this.key).getValue()).hasToString("other's");
		session.close();
		assertThat(store.find(this.key).getValue()).hasToString("other's");
	}

	@Test
	void closeOnAnInterruptedThreadRevokesTheLease() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		Thread.currentThread().interrupt();
		session.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(store.find(this.key)).isNull();
	}

	@Test
	void keepsSeveralKeysWithOneWatch() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		session.put(this.key + 2, "2").join();
		session.putOptional(this.key + 3, "3", "remedy");
		await().until(() -> store.find(this.key + 3) != null);
		for (String each : List.of(this.key, this.key + 2, this.key + 3)) {
			store.delete(each);
			await().until(() -> store.find(each) != null);
			store.put(each, "other");
			await().until(() -> !store.find(each).getValue().toString().equals("other"));
		}
		assertThat(session.watches()).singleElement().satisfies((watch) -> assertThat(watch.keys()).hasSize(3));
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void optionalKeyOfAnotherProcessIsLeftAloneAndIsNoProblem() {
		store.put(this.key + 2, "other's", store.grantLease(Duration.ofMinutes(1)));
		LeaseSession session = session();
		session.putOptional(this.key + 2, "2", "remedy");
		session.put(this.key, "1").join();
		await().during(Duration.ofSeconds(2))
			.atMost(Duration.ofSeconds(4))
			.until(() -> store.find(this.key + 2).getValue().toString().equals("other's")
					&& session.status().problem() == null);
	}

	@Test
	void lastOfSeveralPutsCompletesAll() {
		List<CompletableFuture<Void>> puts = new ArrayList<>();
		LeaseSession session = session();
		for (int i = 0; i < 20; i++) {
			puts.add(session.put(this.key, "" + i));
		}
		assertThat(puts).allSatisfy((put) -> assertThat(put).succeedsWithin(Duration.ofSeconds(5)));
		assertThat(store.find(this.key).getValue()).hasToString("19");
	}

	@Test
	void removalCancelsEarlierPutsAndPutsCancelEarlierRemovals() {
		etcd.freeze();
		try {
			LeaseSession session = session();
			List<CompletableFuture<Void>> puts = List.of(session.put(this.key, "1"), session.put(this.key, "2"));
			List<CompletableFuture<Void>> removals = List.of(session.remove(this.key), session.remove(this.key));
			assertThat(puts).allSatisfy((put) -> assertThat(put).isCancelled());
			CompletableFuture<Void> last = session.put(this.key, "3");
			assertThat(removals).allSatisfy((removal) -> assertThat(removal).isCancelled());
			etcd.thaw();
			assertThat(last).succeedsWithin(Duration.ofSeconds(10));
			assertThat(store.find(this.key).getValue()).hasToString("3");
		}
		finally {
			etcd.thaw();
		}
	}

	@Test
	void lastOfSeveralRemovalsCompletesAll() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		List<CompletableFuture<Void>> removals = List.of(session.remove(this.key), session.remove(this.key),
				session.remove(this.key));
		assertThat(removals).allSatisfy((removal) -> assertThat(removal).succeedsWithin(Duration.ofSeconds(5)));
	}

	@Test
	void closeRemovesKeysImmediatelyAndLeaksNothing() {
		LeaseSession session = session();
		CompletableFuture.allOf(session.put(this.key + 1, "1"), session.put(this.key + 2, "2")).join();
		long lease = session.status().lease();
		long before = System.nanoTime();
		session.close();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
		assertThat(store.find(this.key + 1)).isNull();
		assertThat(store.find(this.key + 2)).isNull();
		assertThat(etcd.etcdctl("lease", "list")).doesNotContain(Long.toHexString(lease));
		assertThat(threads()).isEmpty();
		assertThat(session.status().lease()).isZero();
		assertThat(session.put(this.key, "3")).isCancelled();
		assertThat(session.remove(this.key)).isCancelled();
		session.start();
		session.close();
		assertThat(threads()).isEmpty();
		assertThat(store.find(this.key)).isNull();
	}

	@Test
	void closeRevokesLeaseThatIsBeingGranted() {
		String before = etcd.etcdctl("lease", "list");
		for (int i = 0; i < 20; i++) {
			LeaseSession session = session();
			session.put(this.key, "1");
			await().pollDelay(Duration.ofMillis(i)).pollInterval(Duration.ofMillis(1)).until(() -> true);
			session.close();
			assertThat(store.find(this.key)).isNull();
		}
		assertThat(etcd.etcdctl("lease", "list")).isEqualTo(before);
		assertThat(threads()).isEmpty();
	}

	@Test
	void closeCancelsPendingFutures() {
		store.put(this.key, "other's", store.grantLease(Duration.ofMinutes(1)));
		LeaseSession session = session();
		List<CompletableFuture<Void>> puts = List.of(session.put(this.key, "1"), session.put(this.key, "2"));
		within(5).until(() -> session.status().problem() != null);
		session.close();
		assertThat(puts).allSatisfy((put) -> assertThat(put).isCancelled());
	}

	@Test
	void closeFromCompletionCallbackDoesNotDeadlock() {
		LeaseSession session = session();
		CompletableFuture<Duration> closed = session.put(this.key, "1").thenApply((done) -> {
			long before = System.nanoTime();
			session.close();
			return Duration.ofNanos(System.nanoTime() - before);
		});
		assertThat(closed).succeedsWithin(Duration.ofSeconds(5))
			.satisfies((duration) -> assertThat(duration).isLessThan(Duration.ofSeconds(1)));
		assertThat(store.find(this.key)).isNull();
		within(1).until(() -> threads().isEmpty());
	}

	@Test
	void putsDuringOutageCompleteTogether() {
		LeaseSession session = session();
		session.put(this.key, "0").join();
		etcd.freeze();
		CompletableFuture<Void> first;
		CompletableFuture<Void> last;
		try {
			first = session.put(this.key, "1");
			last = first;
			for (int i = 2; i <= 20_000; i++) {
				last = session.put(this.key, "" + i);
			}
		}
		finally {
			etcd.thaw();
		}
		assertThat(last).succeedsWithin(Duration.ofSeconds(10));
		assertThat(first).succeedsWithin(Duration.ofSeconds(1));
		assertThat(store.find(this.key).getValue()).hasToString("20000");
	}

	/**
	 * A put that etcd received but did not acknowledge is bound to the lease as well.
	 */
	@Test
	void closeIsBoundedWhileEtcdIsFrozenAndNoKeyOutlivesTheTtl() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint())) {
			LeaseSession session = new LeaseSession(connection.get(), TTL);
			session.put(this.key, "1").join();
			etcd.freeze();
			try {
				session.put(this.key, "2");
				await().pollDelay(Duration.ofMillis(300)).until(() -> true);
				long before = System.nanoTime();
				session.close();
				assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
				assertThat(threads()).isEmpty();
			}
			finally {
				etcd.thaw();
			}
		}
		within(5).until(() -> store.find(this.key) == null);
		await().during(Duration.ofSeconds(2)).until(() -> store.find(this.key) == null);
	}

	@Test
	void closeIsBoundedWhileEtcdHasNeverResponded() {
		etcd.freeze();
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "request-timeout=1s")) {
			for (int millis : new int[] { 200, 1500, 3000 }) {
				LeaseSession session = new LeaseSession(connection.get(), TTL);
				CompletableFuture<Void> put = session.put(this.key, "1");
				await().pollDelay(Duration.ofMillis(millis)).until(() -> true);
				long before = System.nanoTime();
				session.close();
				assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
				assertThat(put).isCancelled();
				assertThat(threads()).isEmpty();
			}
		}
		finally {
			etcd.thaw();
		}
	}

	@Test
	void abandonLeavesKeysUntilTheTtlExpires() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		session.abandon();
		assertThat(threads()).isEmpty();
		assertThat(store.find(this.key)).isNotNull();
		within(4).until(() -> store.find(this.key) == null);
	}

	private LeaseSession session() {
		return this.opened.add(new LeaseSession(store.get(), TTL));
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	private static List<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().matches("etcd-(lease|mirror).*"))
			.toList();
	}

}
