package io.github.etcdspring.lease;

import java.time.Duration;
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
 * Integration tests for {@link KeyWriter}.
 */
class KeyWriterIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

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
	void writesKeyAgainAfterManualDeletion() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		for (int i = 0; i < 3; i++) {
			store.delete(this.key);
			within(1).until(() -> Ownership.isOwn(store.find(this.key), session, "1"));
		}
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void writesKeyAgainAfterManualOverwrite() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		store.put(this.key, "by hand");
		within(1).until(() -> Ownership.isOwn(store.find(this.key), session, "1"));
		store.put(this.key, "by hand", session.status().lease());
		within(1).until(() -> Ownership.isOwn(store.find(this.key), session, "1"));
	}

	@Test
	void writesAllKeysAgainUnderNewLeaseWhenLeaseIsRevoked() {
		LeaseSession session = session();
		CompletableFuture.allOf(session.put(this.key + 1, "1"), session.put(this.key + 2, "2")).join();
		long lost = session.status().lease();
		store.revokeLease(lost);
		within(2).until(() -> Ownership.isOwn(store.find(this.key + 1), session, "1")
				&& Ownership.isOwn(store.find(this.key + 2), session, "2"));
		assertThat(session.status().lease()).isNotEqualTo(lost);
		assertThat(session.status().losses()).isEqualTo(1);
		assertThat(session.status().problem()).isNull();
	}

	@Test
	void deletesRemovedKeyThatReappearsUnderItsLease() {
		LeaseSession session = session();
		session.put(this.key, "1").join();
		session.remove(this.key).join();
		store.put(this.key, "1", session.status().lease());
		within(1).until(() -> store.find(this.key) == null);
	}

	@Test
	void doesNotOverwriteKeyOfLiveProcessUntilItIsReleased() {
		long other = store.grantLease(Duration.ofMinutes(1));
		store.put(this.key, "other's", other);
		KeyValue held = store.find(this.key);
		LeaseSession session = session();
		CompletableFuture<Void> put = session.put(this.key, "mine");
		within(5).until(() -> session.status().problem() != null);
		assertThat(session.status().problem().text())
			.contains(this.key, "another process", "spring.cloud.etcd.discovery.instance-id")
			.doesNotContain("mine", "other's");
		assertThat(session.status().lease()).isNotZero();
		await().during(TTL).until(() -> store.find(this.key).getModRevision() == held.getModRevision());
		assertThat(put).isNotDone();
		store.revokeLease(other);
		assertThat(put).succeedsWithin(Duration.ofSeconds(1));
		assertThat(Ownership.isOwn(store.find(this.key), session, "mine")).isTrue();
		within(1).until(() -> session.status().problem() == null);
	}

	@Test
	void doesNotOverwriteKeyThatAnotherProcessTookOver() {
		LeaseSession session = session();
		session.put(this.key, "mine").join();
		long other = store.grantLease(Duration.ofMinutes(1));
		store.put(this.key, "other's", other);
		KeyValue held = store.find(this.key);
		within(2).until(() -> session.status().problem() != null);
		session.put(this.key, "mine, later");
		await().during(TTL).until(() -> store.find(this.key).getModRevision() == held.getModRevision());
		session.remove(this.key).join();
		assertThat(store.find(this.key).getModRevision()).isEqualTo(held.getModRevision());
		within(1).until(() -> session.status().problem() == null);
	}

	@Test
	void doesNotOverwriteExistingKeyWithoutLease() {
		store.put(this.key, "by hand");
		LeaseSession session = session();
		CompletableFuture<Void> put = session.put(this.key, "mine");
		within(5).until(() -> session.status().problem() != null);
		assertThat(store.find(this.key).getValue()).hasToString("by hand");
		store.delete(this.key);
		assertThat(put).succeedsWithin(Duration.ofSeconds(1));
	}

	@Test
	void secondSessionTakesKeyOnceFirstSessionIsClosed() {
		LeaseSession first = session();
		first.put(this.key, "first").join();
		LeaseSession second = session();
		CompletableFuture<Void> put = second.put(this.key, "second");
		within(5).until(() -> second.status().problem() != null);
		first.put(this.key, "first, later").join();
		assertThat(store.find(this.key).getValue()).hasToString("first, later");
		assertThat(first.status().problem()).isNull();
		first.close();
		assertThat(put).succeedsWithin(Duration.ofSeconds(1));
		assertThat(store.find(this.key).getValue()).hasToString("second");
	}

	@Test
	void takesKeyOfKilledPredecessorWhenItsLeaseExpires() {
		LeaseSession killed = session();
		killed.put(this.key, "killed").join();
		killed.abandon();
		LeaseSession session = session();
		assertThat(session.put(this.key, "mine")).succeedsWithin(TTL.plusSeconds(1));
		assertThat(Ownership.isOwn(store.find(this.key), session, "mine")).isTrue();
	}

	@Test
	void keyHeldByAnotherProcessDoesNotBlockOtherKeys() {
		store.put(this.key + 1, "other's", store.grantLease(Duration.ofMinutes(1)));
		LeaseSession session = session();
		session.put(this.key + 1, "mine");
		assertThat(session.put(this.key + 2, "mine")).succeedsWithin(Duration.ofSeconds(5));
	}

	@Test
	void keyWithoutPermissionDoesNotBlockOtherKeys() {
		try (EtcdServer locked = EtcdServer.start()) {
			locked.enableAuthentication("s3cret");
			locked.etcdctl("role", "add", "writer");
			locked.etcdctl("role", "grant-permission", "writer", "--prefix=true", "readwrite", "/b");
			locked.etcdctl("user", "add", "alice:s3cret");
			locked.etcdctl("user", "grant-role", "alice", "writer");
			try (TestConnection connection = TestConnection.to(locked.endpoint(), "username=alice",
					"password=s3cret")) {
				LeaseSession session = this.opened.add(new LeaseSession(connection.get(), TTL));
				List<CompletableFuture<Void>> forbidden = List.of(session.put("/a", "mine"), session.put("/c", "mine"));
				assertThat(session.put("/b", "mine")).succeedsWithin(Duration.ofSeconds(5));
				within(2).until(() -> session.status().problem() != null);
				assertThat(session.status().problem().text()).contains(locked.endpoint(), "permission denied")
					.doesNotContain("s3cret", "mine");
				assertThat(session.status().problem().requiresIntervention()).isTrue();
				assertThat(forbidden).noneMatch(CompletableFuture::isDone);
			}
		}
	}

	private LeaseSession session() {
		return this.opened.add(new LeaseSession(store.get(), TTL));
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

}
