package io.github.etcdspring.lock;

import java.nio.charset.StandardCharsets;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;

/**
 * Fencing token of a lock or of a leadership: a number that grows with each acquisition
 * of the same lock. A resource that remembers the highest number it has seen can reject
 * the writes of an earlier holder. For writes to the same etcd, {@link #guard()} does so
 * in one transaction.
 *
 * @param key key of the holder in etcd, which exists as long as it holds the lock
 * @param revision the create revision of the key
 * @since 0.1.0
 */
public record FencingToken(String key, long revision) {

	/**
	 * Return the condition that the lock is still held. Add it to a transaction of jetcd:
	 * {@code txn.If(token.guard()).Then(...)}. The transaction writes only if it
	 * succeeds.
	 * @return the comparison
	 */
	public Cmp guard() {
		return new Cmp(ByteSequence.from(this.key, StandardCharsets.UTF_8), Cmp.Op.EQUAL,
				CmpTarget.createRevision(this.revision));
	}

}
