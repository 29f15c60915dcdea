package io.github.etcdspring.lease;

import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * A key with its desired value, the last write of this process, and the last state
 * observed in etcd. Any thread may set the desired value, and the mirror's thread calls
 * {@link #observe}; all else is confined to the thread of the lease.
 */
final class LeasedKey {

	private final ByteSequence key;

	private @Nullable ByteSequence desiredValue;

	/** Written before the key is deleted, {@code null} for none. */
	private @Nullable ByteSequence lastValue;

	/** Completes when etcd holds the desired value, {@code null} after that. */
	private @Nullable CompletableFuture<Void> pending;

	private volatile Observation observed = new Observation(0, null);

	/** Since when etcd holds the key for this process, {@code null} if it does not. */
	private volatile @Nullable Instant heldSince;

	/** Revision of the write since which etcd holds the key for this process. */
	private volatile long heldSinceRevision;

	private volatile @Nullable Written written;

	/** Last write before the watch was opened; confined to the thread of the mirror. */
	private @Nullable Written opening;

	/** Write that a restored etcd has never had, {@code null} if there is none. */
	private volatile @Nullable Written lost;

	private boolean everWritten;

	private long observedRevision;

	/** Whether etcd has refused the key under the current lease. */
	private boolean refused;

	/**
	 * What to do if etcd refuses an optional key, {@code null} if the key is required.
	 */
	private volatile @Nullable String remedy;

	LeasedKey(ByteSequence key) {
		this.key = key;
	}

	ByteSequence key() {
		return this.key;
	}

	/**
	 * Make the key optional: a refusal by etcd is no problem of the session.
	 * @param remedy what to do about a refusal, for the log
	 */
	void makeOptional(String remedy) {
		this.remedy = remedy;
	}

	@Nullable String remedy() {
		return this.remedy;
	}

	boolean isOptional() {
		return this.remedy != null;
	}

	/**
	 * Do not write the key under the current lease again.
	 */
	void refuse() {
		this.refused = true;
	}

	boolean isRefused() {
		return this.refused;
	}

	/**
	 * Return the value that etcd is to hold.
	 * @return the value, {@code null} if the key is to be absent
	 */
	synchronized @Nullable ByteSequence desiredValue() {
		return this.desiredValue;
	}

	/**
	 * Return the value to write before the key is deleted.
	 * @return the value, {@code null} for none
	 */
	synchronized @Nullable ByteSequence lastValue() {
		return this.lastValue;
	}

	/**
	 * Remove the key, as {@link #setDesiredValue} with {@code null} does, after writing a
	 * last value that tells watchers of an orderly removal.
	 * @param lastValue the last value
	 * @return completes when etcd no longer holds the key
	 */
	CompletableFuture<Void> remove(ByteSequence lastValue) {
		synchronized (this) {
			this.lastValue = lastValue;
		}
		return setDesiredValue(null);
	}

	/**
	 * Set the value that etcd is to hold.
	 * @param value the value, {@code null} if the key is to be absent
	 * @return completes when etcd holds this or a later value; a removal cancels pending
	 * puts, and a put cancels pending removals
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
	 * Cancel the pending future, as the session is closed.
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
	 * Complete the pending future if the value that etcd holds is still the desired one.
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

	/**
	 * Record the state of the key in etcd. Called on the thread of the mirror.
	 */
	void observe(Snapshot snapshot) {
		this.observed = new Observation(snapshot.revision(), snapshot.entries().get(this.key));
	}

	/** Called on the thread of the mirror before it reads the revision of etcd. */
	void watchOpening() {
		this.opening = this.written;
	}

	/**
	 * Compare the last write before with the revision of etcd. A restored etcd has not
	 * reported a write that it does not have. Called on the thread of the mirror.
	 * @param revision a revision that etcd has reached
	 */
	void watchOpened(long revision) {
		Written last = this.opening;
		if (last != null && revision < last.revision()) {
			this.lost = last;
		}
	}

	/**
	 * Expect the mirror, which is about to start, to observe at least the last write.
	 */
	void mirrorStarted() {
		this.observedRevision = expectedRevision();
	}

	/**
	 * Return whether etcd holds the desired value under the lease, as far as is known. If
	 * it does, the pending future is completed.
	 */
	boolean isInSync(long lease) {
		Observation now = this.observed;
		if (now.revision() > 0) {
			if (now.revision() < this.observedRevision) {
				// etcd was wiped or restored, which discarded the last write
				forgetWritten();
			}
			this.observedRevision = now.revision();
		}
		Written discarded = this.lost;
		if (discarded != null && discarded == this.written) {
			forgetWritten();
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
	 * Return the revision of the key if it is unchanged since the last write, 0 if it
	 * should not exist.
	 */
	long expectedRevision() {
		Written last = this.written;
		return (last != null && last.value() != null) ? last.revision() : 0;
	}

	void recordWrite(@Nullable ByteSequence value, long lease, long revision) {
		this.written = new Written(value, lease, revision);
		this.everWritten |= value != null;
		if (this.heldSince == null) {
			this.heldSinceRevision = revision;
		}
		this.heldSince = (value != null) ? Objects.requireNonNullElseGet(this.heldSince, Instant::now) : null;
		completeIfDesired(value);
	}

	void forgetWritten() {
		this.written = null;
		this.heldSince = null;
		this.refused = false;
	}

	/**
	 * Return since when etcd holds the key for this process, as far as is known.
	 * Thread-safe.
	 * @return the time, {@code null} if etcd does not hold it
	 */
	@Nullable Instant heldSince() {
		return this.heldSince;
	}

	/**
	 * Return the revision since which etcd holds the key for this process, as far as is
	 * known. Thread-safe.
	 * @return the revision, 0 if etcd does not hold it
	 */
	long heldSinceRevision() {
		return (this.heldSince != null) ? this.heldSinceRevision : 0;
	}

	boolean wasEverWritten() {
		return this.everWritten;
	}

	/**
	 * State of the key in etcd.
	 *
	 * @param revision revision of the state, 0 before the first observation
	 * @param entry the key, {@code null} if it does not exist
	 */
	private record Observation(long revision, @Nullable KeyValue entry) {

	}

	/**
	 * Last write of this process.
	 *
	 * @param value the value, {@code null} if the key was deleted
	 * @param lease the lease it was bound to
	 * @param revision revision of the write
	 */
	private record Written(@Nullable ByteSequence value, long lease, long revision) {

	}

}
