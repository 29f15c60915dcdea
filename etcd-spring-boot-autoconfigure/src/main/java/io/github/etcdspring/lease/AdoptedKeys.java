package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Binds keys that somebody else wrote to the lease, so that they do not outlive this
 * process. They are written again after the loss of the lease only: in contrast to a
 * {@link LeasedKey}, a key that somebody else deletes or changes is left alone. Any
 * thread may add, report and discard keys; all else is confined to the thread of the
 * lease.
 */
final class AdoptedKeys {

	private static final Log logger = LogFactory.getLog(AdoptedKeys.class);

	private final EtcdConnection connection;

	private final LeaseRequests requests;

	private final Predicate<ByteSequence> held;

	private final Map<ByteSequence, AdoptedKey> keys = new ConcurrentHashMap<>();

	/** All leases of this process, which identify its own writes. */
	private final Set<Long> leases = ConcurrentHashMap.newKeySet();

	/**
	 * Create without keys.
	 * @param connection the connection to etcd
	 * @param requests the requests for leases
	 * @param held whether etcd holds a key for this process
	 */
	AdoptedKeys(EtcdConnection connection, LeaseRequests requests, Predicate<ByteSequence> held) {
		this.connection = connection;
		this.requests = requests;
		this.held = held;
	}

	/**
	 * Bind a key to the lease as soon as etcd holds another key for this process. If the
	 * key is older than that one, it concerned an earlier process and is deleted.
	 * @param entry the key
	 * @param holder the other key
	 */
	void adopt(KeyValue entry, ByteSequence holder) {
		if (!this.leases.contains(entry.getLease())) {
			this.keys.compute(entry.getKey(),
					(key, known) -> (known != null && known.revision() >= entry.getModRevision()) ? known
							: new AdoptedKey(entry, holder));
		}
	}

	/**
	 * Delete a key, unless somebody else changes it first.
	 * @param entry the key
	 * @param holder see {@link #adopt}
	 */
	void discard(KeyValue entry, ByteSequence holder) {
		adopt(entry, holder);
		AdoptedKey key = this.keys.get(entry.getKey());
		if (key != null) {
			key.discard();
		}
	}

	/**
	 * A key was deleted, perhaps with the lease.
	 * @param name the key
	 * @param revision revision at which it was missing
	 */
	void deleted(ByteSequence name, long revision) {
		AdoptedKey key = this.keys.get(name);
		if (key != null) {
			key.deleted(revision);
		}
	}

	/**
	 * Bind all keys to the lease that are not bound to it.
	 * @param lease the lease
	 * @param timeout timeout of each request
	 * @throws EtcdRequestException if the lease no longer exists or etcd does not answer
	 * @throws InterruptedException if the thread is interrupted
	 */
	void reconcile(long lease, Duration timeout) throws EtcdRequestException, InterruptedException {
		// before any write, whose event may arrive before its response
		this.leases.add(lease);
		for (AdoptedKey key : List.copyOf(this.keys.values())) {
			try {
				if (!reconcile(key, lease, timeout)) {
					this.keys.remove(key.key(), key);
				}
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() == Reason.NOT_FOUND || ex.isUnanswered()) {
					throw ex;
				}
				if (ex.reason() == Reason.PERMISSION_DENIED) {
					this.keys.remove(key.key(), key);
					logger.warn("The key " + key.key() + " cannot be bound to the lease of the instance and remains in"
							+ " etcd after it: " + this.connection.explain(ex)
							+ ". Grant the user a role with write permission for the key");
				}
			}
		}
	}

	/** Return whether the key is still to be kept. */
	private boolean reconcile(AdoptedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		long deletedAt = key.uncheckedDeletion();
		if (deletedAt > 0) {
			if (isDeletedByOther(key, deletedAt, lease, timeout)) {
				// it may have been written again before the deletion was reported
				delete(key, timeout);
				return false;
			}
			key.deletionChecked(deletedAt);
		}
		if (key.isDiscarded() && (key.lease() != LeaseLoop.NO_LEASE || this.held.test(key.holder()))) {
			delete(key, timeout);
			return false;
		}
		if (key.lease() == LeaseLoop.NO_LEASE) {
			return !this.held.test(key.holder()) || bind(key, lease, timeout);
		}
		return key.lease() == lease || writeAgain(key, lease, timeout);
	}

	/**
	 * Check whether a key was deleted by somebody else rather than with the lease.
	 * @throws EtcdRequestException with the reason {@link Reason#NOT_FOUND} if the lease
	 * no longer exists, which deletes the key
	 */
	private boolean isDeletedByOther(AdoptedKey key, long deletedAt, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		boolean isLast = deletedAt > key.revision();
		if (key.lease() == LeaseLoop.NO_LEASE) {
			return isLast;
		}
		if (isLast && key.lease() == lease) {
			this.requests.renew(lease, timeout);
			return true;
		}
		// all keys of a lease are deleted at the same revision
		return existed(key.holder(), deletedAt, timeout);
	}

	private boolean existed(ByteSequence key, long revision, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		GetOption option = GetOption.builder().withRevision(revision).withCountOnly(true).build();
		try {
			return this.connection.call(() -> this.connection.client().getKVClient().get(key, option), timeout)
				.getCount() > 0;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return true;
			}
			throw ex;
		}
	}

	private boolean bind(AdoptedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		TxnResponse response = commit(
				List.of(isAt(key.key(), key.revision()),
						new Cmp(key.holder(), Cmp.Op.GREATER, CmpTarget.createRevision(0)),
						new Cmp(key.holder(), Cmp.Op.LESS, CmpTarget.createRevision(key.revision()))),
				put(key, lease), List.of(read(key.key()), read(key.holder())), timeout);
		if (response.isSucceeded()) {
			key.written(lease, response.getHeader().getRevision());
			return true;
		}
		List<GetResponse> found = response.getGetResponses();
		boolean isUnchanged = found.get(0).getKvs().stream().anyMatch((kv) -> kv.getModRevision() == key.revision());
		if (!isUnchanged || found.get(1).getKvs().isEmpty()) {
			return isUnchanged;
		}
		delete(key, timeout);
		logger.info("Deleted the etcd key " + key.key() + ", which concerned an earlier process of this instance");
		return false;
	}

	private boolean writeAgain(AdoptedKey key, long lease, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		TxnResponse response = commit(List.of(isAt(key.key(), 0)), put(key, lease), List.of(), timeout);
		if (response.isSucceeded()) {
			key.written(lease, response.getHeader().getRevision());
		}
		return response.isSucceeded();
	}

	private void delete(AdoptedKey key, Duration timeout) throws EtcdRequestException, InterruptedException {
		commit(List.of(isAt(key.key(), key.revision())), Op.delete(key.key(), DeleteOption.DEFAULT), List.of(),
				timeout);
	}

	private TxnResponse commit(List<Cmp> conditions, Op write, List<Op> reads, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> this.connection.client()
			.getKVClient()
			.txn()
			.If(conditions.toArray(Cmp[]::new))
			.Then(write)
			.Else(reads.toArray(Op[]::new))
			.commit(), timeout);
	}

	private static Cmp isAt(ByteSequence key, long revision) {
		return new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
	}

	private static Op put(AdoptedKey key, long lease) {
		return Op.put(key.key(), key.value(), PutOption.builder().withLeaseId(lease).build());
	}

	private static Op read(ByteSequence key) {
		return Op.get(key, GetOption.builder().withKeysOnly(true).build());
	}

}
