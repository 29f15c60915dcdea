package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;

/**
 * Writes keys under a lease by compare-and-swap, and overwrites only keys that this
 * process wrote itself. Not thread-safe.
 */
final class KeyWriter {

	/** Maximum number of attempts if the key is modified concurrently. */
	private static final int MAX_ATTEMPTS = 5;

	private final EtcdConnection connection;

	/** All leases that this process has ever held, which identify its own keys. */
	private final Set<Long> leases = new HashSet<>();

	KeyWriter(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Write or delete a key as desired.
	 * @param key the key
	 * @param lease the lease to bind it to
	 * @param timeout timeout of each request
	 * @return {@code false} if another live process holds the key
	 */
	boolean write(LeasedKey key, long lease, Duration timeout) throws EtcdRequestException, InterruptedException {
		this.leases.add(lease);
		ByteSequence value = key.desiredValue();
		Op write = (value != null) ? put(key.key(), value, lease) : Op.delete(key.key(), DeleteOption.DEFAULT);
		long expected = (value != null) ? key.expectedRevision() : writeLastValue(key, lease, timeout);
		for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			TxnResponse response = writeIfUnchanged(key.key(), expected, write, timeout);
			List<KeyValue> current = (response.isSucceeded()) ? List.of() : response.getGetResponses().get(0).getKvs();
			if (response.isSucceeded() || (value == null && !current.isEmpty() && !isOwn(current.get(0), key))) {
				key.recordWrite(value, lease, response.getHeader().getRevision());
				return true;
			}
			if (!current.isEmpty() && !isOwn(current.get(0), key)) {
				return false;
			}
			expected = (current.isEmpty()) ? 0 : current.get(0).getModRevision();
		}
		return false;
	}

	/**
	 * Write the last value of a key that is about to be deleted. Best effort: the key is
	 * deleted even if etcd refuses the value.
	 * @return the revision that the key is expected to have now
	 */
	private long writeLastValue(LeasedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		ByteSequence last = key.lastValue();
		long expected = key.expectedRevision();
		if (last == null || expected == 0) {
			return expected;
		}
		try {
			TxnResponse answer = writeIfUnchanged(key.key(), expected, put(key.key(), last, lease), timeout);
			return (answer.isSucceeded()) ? answer.getHeader().getRevision() : expected;
		}
		catch (EtcdRequestException ex) {
			// A full etcd, for example, still deletes keys
			if (ex.isUnanswered()) {
				throw ex;
			}
			return expected;
		}
	}

	private static Op put(ByteSequence key, ByteSequence value, long lease) {
		return Op.put(key, value, PutOption.builder().withLeaseId(lease).build());
	}

	private TxnResponse writeIfUnchanged(ByteSequence key, long revision, Op write, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> this.connection.client()
			.getKVClient()
			.txn()
			.If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision)))
			.Then(write)
			.Else(Op.get(key, GetOption.DEFAULT))
			.commit(), timeout);
	}

	/**
	 * A key without a lease was written manually. If this process held the key before, it
	 * was overwritten by accident and is taken back.
	 */
	private boolean isOwn(KeyValue current, LeasedKey key) {
		return this.leases.contains(current.getLease()) || (current.getLease() == 0 && key.wasEverWritten());
	}

}
