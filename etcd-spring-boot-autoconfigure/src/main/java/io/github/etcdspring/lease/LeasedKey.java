package io.github.etcdspring.lease;

import java.util.concurrent.CompletableFuture;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What a key is to hold, what was written to it and what it was seen to hold. Any thread
 * may state a wish and the mirror's thread what it saw; all else belongs to the thread of
 * the session.
 */
final class LeasedKey {

	private final ByteSequence key;

	private volatile Wish wish = new Wish(null, CompletableFuture.completedFuture(null));

	private volatile Seen seen = new Seen(0, null);

	private @Nullable Written written;

	private boolean everWritten;

	private long seenRevision;

	LeasedKey(ByteSequence key) {
		this.key = key;
	}

	ByteSequence key() {
		return this.key;
	}

	Wish wish() {
		return this.wish;
	}

	void wish(Wish wish) {
		this.wish = wish;
	}

	void saw(Snapshot snapshot) {
		this.seen = new Seen(snapshot.revision(), snapshot.entries().get(this.key));
	}

	/**
	 * Whether etcd holds the wish under the lease, as far as is known.
	 */
	boolean isSettled(long lease) {
		Seen now = this.seen;
		boolean rolledBack = now.revision() < this.seenRevision;
		this.seenRevision = now.revision();
		Wish wanted = this.wish;
		Written last = this.written;
		if (rolledBack || last == null || !last.wish().equals(wanted) || last.lease() != lease) {
			return false;
		}
		if (now.revision() <= last.revision()) {
			return true;
		}
		KeyValue entry = now.entry();
		if (wanted.value() == null) {
			return entry == null || entry.getLease() != lease;
		}
		return entry != null && entry.getLease() == lease && entry.getValue().equals(wanted.value());
	}

	/**
	 * Revision of the key if it is still as this process wrote it, 0 for no key.
	 */
	long expectedRevision() {
		Written last = this.written;
		return (last != null && last.wish().value() != null) ? last.revision() : 0;
	}

	void wrote(Wish wish, long lease, long revision) {
		this.written = new Written(wish, lease, revision);
		this.everWritten |= wish.value() != null;
		wish.done().complete(null);
	}

	void forgetWritten() {
		this.written = null;
	}

	boolean wasEverWritten() {
		return this.everWritten;
	}

	/**
	 * What somebody asked for.
	 *
	 * @param value the value, {@code null} for no key
	 * @param done completed when etcd holds it so
	 */
	record Wish(@Nullable ByteSequence value, CompletableFuture<Void> done) {

	}

	/**
	 * What etcd said.
	 *
	 * @param revision revision at which it was so
	 * @param entry the key, {@code null} if there was none
	 */
	private record Seen(long revision, @Nullable KeyValue entry) {

	}

	/**
	 * What this process wrote last.
	 */
	private record Written(Wish wish, long lease, long revision) {

	}

}
