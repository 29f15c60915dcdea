package io.github.etcdspring.lease;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link LeasedKey}: how a key comes back into another store.
 */
class LeasedKeyIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

	private static final String KEY = "/services/orders/1";

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void closeInReverse() throws Exception {
		for (int i = this.opened.size() - 1; i >= 0; i--) {
			this.opened.get(i).close();
		}
	}

	@Test
	void isBackInAStoreThatWasWiped() {
		EtcdServer etcd = start();
		LeaseSession session = session(connect(etcd), TTL);
		session.put(KEY, "1").join();
		long lost = session.status().lease();
		etcd.wipe();
		etcd.restart();
		awaitOwn(connect(etcd), session, "1", 5);
		assertThat(session.status().lease()).isNotEqualTo(lost);
	}

	@Test
	void isBackInAStoreRestoredFromBeforeItsLease(@TempDir Path directory) {
		EtcdServer etcd = start();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		LeaseSession session = session(connect(etcd), TTL);
		session.put(KEY, "1").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		awaitOwn(connect(etcd), session, "1", 5);
	}

	/** The lease is there, so that no renewal fails. */
	@Test
	void isBackInAStoreRestoredFromBeforeItsPut(@TempDir Path directory) throws InterruptedException {
		EtcdServer etcd = start();
		LeaseSession session = session(connect(etcd), TTL);
		session.start();
		assertThat(session.awaitLease(Duration.ofSeconds(5))).isTrue();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "1").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		awaitOwn(connect(etcd), session, "1", 5);
	}

	@Test
	void isBackInARestoredStoreThatHasGoneOnBeforeItIsSeen(@TempDir Path directory) throws InterruptedException {
		EtcdServer etcd = start();
		TcpProxy proxy = own(TcpProxy.to(etcd.port()));
		LeaseSession session = session(own(TestConnection.to("http://127.0.0.1:" + proxy.port())),
				Duration.ofSeconds(10));
		session.start();
		assertThat(session.awaitLease(Duration.ofSeconds(5))).isTrue();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "1").join();
		proxy.refuse();
		proxy.cut();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		TestConnection store = connect(etcd);
		store.put("/elsewhere", "1");
		proxy.accept();
		awaitOwn(store, session, "1", 6);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void putsTheLatestValueIntoARestoredStore(@TempDir Path directory) {
		EtcdServer etcd = start();
		LeaseSession session = session(connect(etcd), Duration.ofSeconds(10));
		session.put(KEY, "1").join();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "2").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		awaitOwn(connect(etcd), session, "2", 5);
	}

	private EtcdServer start() {
		return own(EtcdServer.start());
	}

	private TestConnection connect(EtcdServer etcd) {
		return own(TestConnection.to(etcd.endpoint()));
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

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

}
