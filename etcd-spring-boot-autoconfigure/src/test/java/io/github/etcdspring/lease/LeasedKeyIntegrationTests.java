package io.github.etcdspring.lease;

import java.nio.file.Path;
import java.time.Duration;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for {@link LeasedKey} after etcd was wiped or restored.
 */
class LeasedKeyIntegrationTests {

	private static final Duration TTL = Duration.ofSeconds(2);

	private static final String KEY = "/services/orders/1";

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@Test
	void isWrittenAgainAfterEtcdWasWiped() {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.put(KEY, "1").join();
		long lost = session.status().lease();
		etcd.wipe();
		etcd.restart();
		Ownership.awaitOwn(this.opened.connection(etcd), KEY, session, "1", 5);
		assertThat(session.status().lease()).isNotEqualTo(lost);
	}

	@Test
	void isWrittenAgainAfterRestoreFromBeforeItsLease(@TempDir Path directory) {
		EtcdServer etcd = this.opened.etcd();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.put(KEY, "1").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		Ownership.awaitOwn(this.opened.connection(etcd), KEY, session, "1", 5);
	}

	/** The lease exists in the backup, so no renewal fails. */
	@Test
	void isWrittenAgainAfterRestoreFromBeforeItsPut(@TempDir Path directory) throws InterruptedException {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(this.opened.connection(etcd), TTL);
		session.start();
		assertThat(session.awaitLease(Duration.ofSeconds(5))).isTrue();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "1").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		Ownership.awaitOwn(this.opened.connection(etcd), KEY, session, "1", 5);
	}

	@Test
	void isWrittenAgainAfterRestoreFollowedByOtherWrites(@TempDir Path directory) throws InterruptedException {
		EtcdServer etcd = this.opened.etcd();
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		LeaseSession session = session(this.opened.add(TestConnection.to("http://127.0.0.1:" + proxy.port())),
				Duration.ofSeconds(10));
		session.start();
		assertThat(session.awaitLease(Duration.ofSeconds(5))).isTrue();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "1").join();
		proxy.refuse();
		proxy.cut();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		TestConnection store = this.opened.connection(etcd);
		store.put("/elsewhere", "1");
		proxy.accept();
		Ownership.awaitOwn(store, KEY, session, "1", 6);
		assertThat(session.status().losses()).isZero();
	}

	@Test
	void writesLatestValueAfterRestore(@TempDir Path directory) {
		EtcdServer etcd = this.opened.etcd();
		LeaseSession session = session(this.opened.connection(etcd), Duration.ofSeconds(10));
		session.put(KEY, "1").join();
		etcd.saveSnapshot(directory.resolve("snapshot"));
		session.put(KEY, "2").join();
		etcd.restoreSnapshot(directory.resolve("snapshot"));
		etcd.restart();
		Ownership.awaitOwn(this.opened.connection(etcd), KEY, session, "2", 5);
	}

	private LeaseSession session(TestConnection connection, Duration ttl) {
		return this.opened.add(new LeaseSession(connection.get(), ttl));
	}

}
