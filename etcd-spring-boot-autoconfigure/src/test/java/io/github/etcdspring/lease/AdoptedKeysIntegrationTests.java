package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link AdoptedKeys}.
 */
class AdoptedKeysIntegrationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private static final String KEY = "/overrides/orders/one";

	private static final String HOLDER = "/services/orders/one";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	private LeaseRequests requests;

	private AdoptedKeys adopted;

	private boolean held = true;

	@BeforeEach
	void create() {
		this.requests = new LeaseRequests(store.get());
		this.adopted = new AdoptedKeys(store.get(), this.requests, (key) -> this.held);
	}

	@Test
	void bindsTheKeyToTheLease() throws Exception {
		long lease = bind();
		KeyValue found = store.find(KEY);
		assertThat(found.getLease()).isEqualTo(lease);
		assertThat(found.getValue()).hasToString("value");
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getModRevision()).isEqualTo(found.getModRevision());
	}

	@Test
	void waitsUntilTheOtherKeyIsHeld() throws Exception {
		long lease = register();
		store.put(KEY, "value");
		this.held = false;
		this.adopted.adopt(store.find(KEY), bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isZero();
		this.held = true;
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isEqualTo(lease);
	}

	@Test
	void deletesAKeyThatIsOlderThanTheOtherOne() throws Exception {
		store.put(KEY, "value");
		long lease = register();
		this.adopted.adopt(store.find(KEY), bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY)).isNull();
	}

	@Test
	void doesNotBindAKeyThatHasBeenChanged() throws Exception {
		long lease = register();
		store.put(KEY, "value");
		this.adopted.adopt(store.find(KEY), bytes(HOLDER));
		store.put(KEY, "other");
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isZero();
		assertThat(store.find(KEY).getValue()).hasToString("other");
	}

	@Test
	void writesTheKeyAgainAfterTheLossOfTheLease() throws Exception {
		long lease = bind();
		this.requests.revoke(lease);
		this.adopted.deleted(bytes(KEY), etcd.revision());
		assertThatExceptionOfType(EtcdRequestException.class).isThrownBy(() -> this.adopted.reconcile(lease, TIMEOUT))
			.extracting(EtcdRequestException::reason)
			.isEqualTo(Reason.NOT_FOUND);
		long next = grant();
		this.adopted.reconcile(next, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isEqualTo(next);
	}

	@Test
	void writesTheKeyAgainAlsoIfItsDeletionIsReportedLater() throws Exception {
		long lease = bind();
		this.requests.revoke(lease);
		long deleted = etcd.revision();
		long next = grant();
		this.adopted.reconcile(next, TIMEOUT);
		register(next);
		this.adopted.deleted(bytes(KEY), deleted);
		this.adopted.reconcile(next, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isEqualTo(next);
	}

	@Test
	void doesNotWriteTheKeyAgainAfterItsDeletionByOthers() throws Exception {
		long lease = bind();
		store.delete(KEY);
		this.adopted.deleted(bytes(KEY), etcd.revision());
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY)).isNull();
		this.requests.revoke(lease);
		this.adopted.reconcile(grant(), TIMEOUT);
		assertThat(store.find(KEY)).isNull();
	}

	@Test
	void doesNotWriteTheKeyAgainIfOthersDeletedItBeforeTheLossOfTheLease() throws Exception {
		long lease = bind();
		store.delete(KEY);
		long deleted = etcd.revision();
		this.requests.revoke(lease);
		this.adopted.deleted(bytes(KEY), deleted);
		this.adopted.reconcile(grant(), TIMEOUT);
		assertThat(store.find(KEY)).isNull();
	}

	@Test
	void deletesTheKeyAgainIfTheirDeletionIsReportedLater() throws Exception {
		long lease = bind();
		store.delete(KEY);
		long deleted = etcd.revision();
		this.requests.revoke(lease);
		long next = grant();
		this.adopted.reconcile(next, TIMEOUT);
		assertThat(store.find(KEY).getLease()).isEqualTo(next);
		register(next);
		this.adopted.deleted(bytes(KEY), deleted);
		this.adopted.reconcile(next, TIMEOUT);
		assertThat(store.find(KEY)).isNull();
	}

	@Test
	void doesNotBindItsOwnWriteAgain() throws Exception {
		long lease = bind();
		KeyValue own = store.find(KEY);
		this.adopted.adopt(own, bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getModRevision()).isEqualTo(own.getModRevision());
	}

	@Test
	void deletesADiscardedKeyUnlessItHasBeenChanged() throws Exception {
		long lease = bind();
		this.adopted.discard(store.find(KEY), bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY)).isNull();
		store.put(KEY, "value");
		KeyValue entry = store.find(KEY);
		store.put(KEY, "other");
		this.adopted.discard(entry, bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		assertThat(store.find(KEY).getValue()).hasToString("other");
	}

	private long bind() throws Exception {
		long lease = register();
		store.put(KEY, "value");
		this.adopted.adopt(store.find(KEY), bytes(HOLDER));
		this.adopted.reconcile(lease, TIMEOUT);
		return lease;
	}

	private long register() throws Exception {
		return register(grant());
	}

	private long register(long lease) {
		store.put(HOLDER, "instance", lease);
		return lease;
	}

	private long grant() throws Exception {
		return this.requests.grant(Duration.ofMinutes(1), TIMEOUT).getID();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
