package io.github.etcdspring.lease;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;

/**
 * Key of another writer that is bound to the lease. Any thread may report its deletion or
 * discard it; all else is confined to the thread of the lease.
 */
final class AdoptedKey {

	private final ByteSequence key;

	private final ByteSequence value;

	private final ByteSequence holder;

	/** Revision that the key has in etcd, unless somebody has changed it. */
	private volatile long revision;

	/** Lease that the key was bound to, or {@link LeaseLoop#NO_LEASE}. */
	private long lease = LeaseLoop.NO_LEASE;

	private volatile long deletedAt;

	private long checkedDeletion;

	private volatile boolean discarded;

	/**
	 * Create a key that is not bound yet.
	 * @param entry the key as written by the other writer
	 * @param holder key of this process without which the adopted one has no meaning
	 */
	AdoptedKey(KeyValue entry, ByteSequence holder) {
		this.key = entry.getKey();
		this.value = entry.getValue();
		this.revision = entry.getModRevision();
		this.holder = holder;
	}

	ByteSequence key() {
		return this.key;
	}

	ByteSequence value() {
		return this.value;
	}

	ByteSequence holder() {
		return this.holder;
	}

	long revision() {
		return this.revision;
	}

	long lease() {
		return this.lease;
	}

	void written(long lease, long revision) {
		this.lease = lease;
		this.revision = revision;
	}

	void deleted(long revision) {
		this.deletedAt = revision;
	}

	/**
	 * Return the revision of a deletion that has not been checked.
	 * @return the revision, 0 if there is none
	 */
	long uncheckedDeletion() {
		long last = this.deletedAt;
		return (last != this.checkedDeletion) ? last : 0;
	}

	void deletionChecked(long revision) {
		this.checkedDeletion = revision;
	}

	void discard() {
		this.discarded = true;
	}

	boolean isDiscarded() {
		return this.discarded;
	}

}
