package io.github.etcdspring.lock;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseTerm;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.util.backoff.BackOffExecution;

/**
 * The keys of this application that etcd may hold, and their deletion. Keys whose
 * deletion has failed, or would delay a caller, are deleted in the background until their
 * lease ends. Thread-safe.
 */
final class LockKeys implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LockKeys.class);

	/**
	 * Time after which a key is deleted again if its write was not answered. It is longer
	 * than etcd takes to serve or reject a delayed request.
	 */
	private static final Duration SECOND_DELETION = Duration.ofSeconds(20);

	private final LockRequests requests;

	private final Duration requestTimeout;

	private final LeaseSession session;

	private final Set<LockKey> keys = ConcurrentHashMap.newKeySet();

	private final SingleThreadTimer background = new SingleThreadTimer("etcd-lock-cleanup-", Duration.ofSeconds(2));

	/**
	 * Create a set without keys.
	 * @param connection the connection to etcd
	 * @param session the lease of the application
	 */
	LockKeys(EtcdConnection connection, LeaseSession session) {
		this.requests = new LockRequests(connection);
		this.requestTimeout = connection.requestTimeout();
		this.session = session;
	}

	void add(LockKey key) {
		this.keys.add(key);
	}

	void loseAll(String reason) {
		this.keys.forEach((key) -> key.lose(reason));
	}

	/**
	 * Delete a key and wait for it, also if the thread is interrupted. If that fails, it
	 * is tried again in the background.
	 * @return {@code false} if the key did not exist
	 */
	boolean delete(LockKey key) {
		return delete(key, this.requestTimeout);
	}

	private boolean delete(LockKey key, Duration timeout) {
		boolean interrupted = Thread.interrupted();
		try {
			boolean deleted = this.requests.delete(key.key(), timeout);
			remove(key);
			return deleted;
		}
		catch (EtcdRequestException ex) {
			logger.debug("Failed to delete " + key.key() + ", it is deleted in the background", ex);
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		deleteInBackground(key, false);
		return true;
	}

	/**
	 * Delete a key without waiting for it.
	 * @param uncertain whether the write of the key may be delayed
	 */
	void deleteInBackground(LockKey key, boolean uncertain) {
		this.background.execute(() -> delete(key, LockRequests.newBackOff(), uncertain));
	}

	private void delete(LockKey key, BackOffExecution backOff, boolean uncertain) {
		remove(key);
		LeaseTerm term = this.session.term();
		if (term == null || term.lease() != key.lease()) {
			return;
		}
		try {
			this.requests.delete(key.key(), this.requestTimeout);
			if (uncertain) {
				this.background.schedule(() -> delete(key, backOff, false), SECOND_DELETION.toMillis(),
						TimeUnit.MILLISECONDS);
			}
		}
		catch (EtcdRequestException ex) {
			this.background.schedule(() -> delete(key, backOff, uncertain), backOff.nextBackOff(),
					TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			// closed
		}
	}

	/**
	 * Lose all locks and delete their keys. Keys that are left after the timeout are
	 * deleted by etcd when the lease ends.
	 */
	void deleteAll(String reason, Duration timeout) {
		Deadline deadline = Deadline.after(timeout.toNanos());
		for (LockKey key : this.keys) {
			key.lose(reason);
			if (!deadline.hasPassed()) {
				delete(key, deadline.limit(timeout));
			}
			remove(key);
		}
	}

	private void remove(LockKey key) {
		this.keys.remove(key);
		key.close();
	}

	/** End the thread. Keys that are left are deleted by etcd when the lease ends. */
	@Override
	public void close() {
		this.background.shutdownNow();
	}

}
