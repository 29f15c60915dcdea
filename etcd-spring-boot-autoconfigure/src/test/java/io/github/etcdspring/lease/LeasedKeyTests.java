package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LeasedKey}.
 */
class LeasedKeyTests {

	private static final long LEASE = 7;

	private final ByteSequence name = bytes("key");

	private final LeasedKey key = new LeasedKey(this.name);

	@Test
	void isNotInSyncUntilWritten() {
		this.key.setDesiredValue(bytes("1"));
		assertThat(this.key.isInSync(LEASE)).isFalse();
		this.key.recordWrite(bytes("1"), LEASE, 5);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		assertThat(this.key.isInSync(LEASE + 1)).as("another lease").isFalse();
		this.key.setDesiredValue(bytes("2"));
		assertThat(this.key.isInSync(LEASE)).as("another value").isFalse();
		this.key.setDesiredValue(bytes("1"));
		assertThat(this.key.isInSync(LEASE)).as("the value again").isTrue();
		this.key.setDesiredValue((ByteSequence) null);
		assertThat(this.key.isInSync(LEASE)).as("no value").isFalse();
	}

	@Test
	void staysInSyncBeforeItsPutIsObserved() {
		put("2", 6);
		observe(4, null, 0);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(5, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(6, "2", LEASE);
		assertThat(this.key.isInSync(LEASE)).isTrue();
	}

	@Test
	void isNotInSyncWhenAnotherStateIsObserved() {
		put("1", 5);
		observe(5, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(6, null, 0);
		assertThat(this.key.isInSync(LEASE)).as("deleted").isFalse();
		observe(7, "1", 0);
		assertThat(this.key.isInSync(LEASE)).as("without lease").isFalse();
		observe(8, "1", LEASE + 1);
		assertThat(this.key.isInSync(LEASE)).as("of another").isFalse();
		observe(9, "2", LEASE);
		assertThat(this.key.isInSync(LEASE)).as("another value").isFalse();
		observe(10, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).as("as before").isTrue();
	}

	/** Other writes after a restore have reached the revision of the put. */
	@Test
	void isNotInSyncWhenMissingAtTheRevisionOfItsPut() {
		put("1", 5);
		observe(5, null, 0);
		assertThat(this.key.isInSync(LEASE)).isFalse();
	}

	@Test
	void isNotInSyncAfterRestoreUntilWrittenAgain() {
		put("1", 5);
		observe(5, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(3, null, 0);
		assertThat(this.key.isInSync(LEASE)).isFalse();
		assertThat(this.key.isInSync(LEASE)).as("as the write may have failed").isFalse();
		assertThat(this.key.expectedRevision()).isZero();
		put("1", 4);
		assertThat(this.key.isInSync(LEASE)).isTrue();
	}

	@Test
	void isNotInSyncWhenRestoredBeforeFirstObservation() {
		put("1", 5);
		this.key.mirrorStarted();
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(3, null, 0);
		assertThat(this.key.isInSync(LEASE)).isFalse();
	}

	@Test
	void removalIsInSyncWhenNoKeyOfTheLeaseIsObserved() {
		put("1", 5);
		this.key.setDesiredValue((ByteSequence) null);
		this.key.recordWrite(null, LEASE, 6);
		observe(5, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).as("not seen yet").isTrue();
		observe(6, null, 0);
		assertThat(this.key.isInSync(LEASE)).isTrue();
		observe(7, "2", LEASE + 1);
		assertThat(this.key.isInSync(LEASE)).as("of another").isTrue();
		observe(8, "1", LEASE);
		assertThat(this.key.isInSync(LEASE)).as("came back").isFalse();
	}

	@Test
	void completesWhenCurrentDesiredValueIsWritten() {
		CompletableFuture<Void> first = this.key.setDesiredValue(bytes("1"));
		CompletableFuture<Void> second = this.key.setDesiredValue(bytes("2"));
		this.key.recordWrite(bytes("1"), LEASE, 5);
		assertThat(second).as("an earlier value was written").isNotDone();
		this.key.recordWrite(bytes("2"), LEASE, 6);
		assertThat(first).isCompleted();
		assertThat(second).isCompleted();
	}

	@Test
	void completesWhenDesiredValueIsAlreadyWritten() {
		put("1", 5);
		CompletableFuture<Void> again = this.key.setDesiredValue(bytes("1"));
		assertThat(again).isNotDone();
		assertThat(this.key.isInSync(LEASE)).isTrue();
		assertThat(again).isCompleted();
	}

	@Test
	void putAndRemovalCancelEachOther() {
		CompletableFuture<Void> put = this.key.setDesiredValue(bytes("1"));
		CompletableFuture<Void> removal = this.key.setDesiredValue((ByteSequence) null);
		assertThat(put).isCancelled();
		this.key.recordWrite(bytes("1"), LEASE, 5);
		assertThat(removal).isNotDone();
		CompletableFuture<Void> last = this.key.setDesiredValue(bytes("2"));
		assertThat(removal).isCancelled();
		this.key.cancel();
		assertThat(last).isCancelled();
	}

	private void put(String value, long revision) {
		this.key.setDesiredValue(bytes(value));
		this.key.recordWrite(bytes(value), LEASE, revision);
	}

	private void observe(long revision, String value, long lease) {
		Map<ByteSequence, KeyValue> entries = new HashMap<>();
		if (value != null) {
			entries.put(this.name,
					new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
						.setKey(ByteString.copyFromUtf8("key"))
						.setValue(ByteString.copyFromUtf8(value))
						.setLease(lease)
						.setModRevision(revision)
						.build(), ByteSequence.EMPTY));
		}
		this.key.observe(new Snapshot(revision, entries));
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
