package io.github.etcdspring.lease;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What a key is to hold, what was written to it and what it was seen to hold. Any thread
 * may state a wish and the mirror's thread what it saw; all else belongs to the thread of
 * the lease.
 */
final class LeasedKey {

	private final ByteSequence key;

	private @Nullable ByteSequence desiredValue;

	/** Of the wish, {@code null} once it is completed. */
	private @Nullable CompletableFuture<Void> pending;

	private volatile Observation observed = new Observation(0, null);

	/** Since when etcd holds it for this process, {@code null} if it does not. */
	private volatile @Nullable Instant heldSince;

	private @Nullable Written written;

	private boolean everWritten;

	private long observedRevision;

	LeasedKey(ByteSequence key) {
		this.key = key;
	}

	ByteSequence key() {
		return this.key;
	}

	/**
	 * The value to hold.
	 * @return the value, {@code null} for no key
	 */
	synchronized @Nullable ByteSequence desiredValue() {
		return this.desiredValue;
	}

	/**
	 * State what the key is to hold.
	 * @param value the value, {@code null} for no key
	 * @return completes when etcd holds it or a later value; cancelled when it is to be
	 * the other way round
	 */
	CompletableFuture<Void> setDesiredValue(@Nullable ByteSequence value) {
		CompletableFuture<Void> current;
		CompletableFuture<Void> superseded = null;
		synchronized (this) {
			if ((value == null) != (this.desiredValue == null)) {
				superseded = this.pending;
				this.pending = null;
			}
			this.desiredValue = value;
			if (this.pending == null) {
				this.pending = new CompletableFuture<>();
			}
			current = this.pending;
		}
		if (superseded != null) {
			superseded.cancel(false);
		}
		return current;
	}

	/**
	 * Give the wish up, as nobody is left to fulfil it.
	 */
	void cancel() {
		this.heldSince = null;
		CompletableFuture<Void> pending = pending();
		if (pending != null) {
			pending.cancel(false);
		}
	}

	private synchronized @Nullable CompletableFuture<Void> pending() {
		return this.pending;
	}

	/**
	 * Note that etcd holds a value, which may have ceased to be the wish.
	 */
	private void completeIfDesired(@Nullable ByteSequence value) {
		CompletableFuture<Void> completed = null;
		synchronized (this) {
			if (Objects.equals(value, this.desiredValue)) {
				completed = this.pending;
				this.pending = null;
			}
		}
		if (completed != null) {
			completed.complete(null);
		}
	}

	void observe(Snapshot snapshot) {
		this.observed = new Observation(snapshot.revision(), snapshot.entries().get(this.key));
	}

	/**
	 * Note that a mirror is started, which sees at least what has been written so far.
	 */
	void mirrorStarted() {
		this.observedRevision = expectedRevision();
	}

	/**
	 * Whether etcd holds the wish under the lease, as far as is known.
	 */
	boolean isInSync(long lease) {
		Observation now = this.observed;
		if (now.revision() > 0) {
			if (now.revision() < this.observedRevision) {
				// the store was wiped or restored, and with it what was written
				forgetWritten();
			}
			this.observedRevision = now.revision();
		}
		ByteSequence wanted = desiredValue();
		Written last = this.written;
		if (last == null || last.lease() != lease || !Objects.equals(last.value(), wanted)) {
			return false;
		}
		if (now.revision() >= last.revision() && !holds(now.entry(), wanted, lease)) {
			this.heldSince = null;
			return false;
		}
		completeIfDesired(wanted);
		return true;
	}

	private static boolean holds(@Nullable KeyValue entry, @Nullable ByteSequence value, long lease) {
		if (value == null) {
			return entry == null || entry.getLease() != lease;
		}
		return entry != null && entry.getLease() == lease && entry.getValue().equals(value);
	}

	/**
	 * Revision of the key if it is still as this process wrote it, 0 for no key.
	 */
	long expectedRevision() {
		Written last = this.written;
		return (last != null && last.value() != null) ? last.revision() : 0;
	}

	void recordWrite(@Nullable ByteSequence value, long lease, long revision) {
		this.written = new Written(value, lease, revision);
		this.everWritten |= value != null;
		this.heldSince = (value != null) ? Objects.requireNonNullElseGet(this.heldSince, Instant::now) : null;
		completeIfDesired(value);
	}

	void forgetWritten() {
		this.written = null;
		this.heldSince = null;
	}

	/**
	 * Since when etcd holds a value for this process, as far as is known. For any thread.
	 * @return the time, {@code null} if it does not
	 */
	@Nullable Instant heldSince() {
		return this.heldSince;
	}

	boolean wasEverWritten() {
		return this.everWritten;
	}

	/**
	 * What etcd said.
	 *
	 * @param revision revision at which it was so, 0 for nothing yet
	 * @param entry the key, {@code null} if there was none
	 */
	private record Observation(long revision, @Nullable KeyValue entry) {

	}

	/**
	 * What this process wrote last.
	 *
	 * @param value the value, {@code null} for no key
	 */
	private record Written(@Nullable ByteSequence value, long lease, long revision) {

	}

}
