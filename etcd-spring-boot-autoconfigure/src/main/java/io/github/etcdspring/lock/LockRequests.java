package io.github.etcdspring.lock;

import java.time.Duration;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Blocking requests for the queue of a lock: the keys below a prefix, ordered by create
 * revision. The first one holds the lock. Locks and elections of etcd's own client have
 * the same layout.
 */
final class LockRequests {

	private final EtcdConnection connection;

	LockRequests(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Append a new key to a queue.
	 * @return the key and its predecessor
	 */
	Position append(ByteSequence queue, ByteSequence key, ByteSequence value, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		TxnResponse response = this.connection.call(() -> keys().txn()
			.Then(Op.put(key, value, PutOption.builder().withLeaseId(lease).build()),
					Op.get(queue, last().withLimit(2).build()))
			.commit(), timeout);
		List<KeyValue> last = response.getGetResponses().get(0).getKvs();
		return new Position(response.getHeader().getRevision(), (last.size() > 1) ? last.get(1).getKey() : null);
	}

	/**
	 * Find the key in front of another one.
	 * @param queue prefix of the queue
	 * @param revision create revision of the other key
	 * @return the key, {@code null} if there is none
	 */
	@Nullable ByteSequence predecessor(ByteSequence queue, long revision, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		GetOption option = last().withLimit(1).withMaxCreateRevision(revision - 1).build();
		List<KeyValue> found = this.connection.call(() -> keys().get(queue, option), timeout).getKvs();
		return (found.isEmpty()) ? null : found.get(0).getKey();
	}

	boolean isEmpty(ByteSequence queue, Duration timeout) throws EtcdRequestException, InterruptedException {
		GetOption option = GetOption.builder().isPrefix(true).withCountOnly(true).build();
		return this.connection.call(() -> keys().get(queue, option), timeout).getCount() == 0;
	}

	/**
	 * Delete a key.
	 * @return whether it existed
	 */
	boolean delete(ByteSequence key, Duration timeout) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> keys().delete(key), timeout).getDeleted() > 0;
	}

	/**
	 * Back-off for requests that are repeated until a deadline or the end of the lease.
	 */
	static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(2000);
		backOff.setJitter(50);
		return backOff.start();
	}

	private KV keys() {
		return this.connection.client().getKVClient();
	}

	private static GetOption.Builder last() {
		return GetOption.builder()
			.isPrefix(true)
			.withKeysOnly(true)
			.withSortField(SortTarget.CREATE)
			.withSortOrder(SortOrder.DESCEND);
	}

	/**
	 * Position of a key in a queue.
	 *
	 * @param revision create revision of the key
	 * @param predecessor the key in front of it, {@code null} if it is the first one
	 */
	record Position(long revision, @Nullable ByteSequence predecessor) {

	}

}
