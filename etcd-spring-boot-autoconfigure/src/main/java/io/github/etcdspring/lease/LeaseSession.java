package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.MirrorReport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a lease alive while the session is open, and keeps keys bound to it in etcd. A
 * key that is deleted or overwritten is written again, and a lease that no longer exists
 * is replaced. A key that another live process holds is never overwritten.
 * <p>
 * One daemon thread does all the work, from the first put on. Futures complete on that
 * thread, so their callbacks must not block. All methods are thread-safe.
 */
public final class LeaseSession implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LeaseSession.class);

	private final LeaseRequests requests;

	private final Map<ByteSequence, LeasedKey> keys = new ConcurrentHashMap<>();

	private final LeaseLoop loop;

	private volatile boolean started;

	private boolean closed;

	/**
	 * Create a session that is idle until it is started, or until the first put.
	 * @param connection the connection to etcd
	 * @param ttl time to live of the lease, in whole seconds; etcd deletes the keys when
	 * the lease has not been renewed for this time
	 */
	public LeaseSession(EtcdConnection connection, Duration ttl) {
		this.requests = new LeaseRequests(connection);
		this.loop = new LeaseLoop(connection, ttl, this.keys.values());
	}

	/**
	 * Start to acquire a lease in the background. Failures are retried with back-off,
	 * without a limit.
	 */
	public synchronized void start() {
		if (!this.started && !this.closed) {
			this.started = true;
			this.loop.start();
		}
	}

	/**
	 * Return whether the session has been started. Without locks or keys, it is not, and
	 * there is no lease.
	 * @return {@code true} from the start on, also after the session is closed
	 */
	public boolean isStarted() {
		return this.started;
	}

	/**
	 * Wait until there is a lease.
	 * @param timeout how long to wait
	 * @return whether there is one
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean awaitLease(Duration timeout) throws InterruptedException {
		return this.loop.awaitLease(timeout);
	}

	/**
	 * Write a key and keep it in etcd until it is removed or the session is closed.
	 * @param key the key
	 * @param value its value
	 * @return completes when etcd holds this or a later value; cancelled if the key is
	 * removed or the session is closed before that. It has no timeout: during an outage,
	 * the write is retried
	 */
	public CompletableFuture<Void> put(String key, String value) {
		return change(key, (leased) -> leased.setDesiredValue(bytes(value)));
	}

	/**
	 * Write a key like {@link #put}, unless the user has no permission or another process
	 * holds the key. The former is logged once, and tried again with the next lease;
	 * neither affects the status.
	 * @param key the key
	 * @param value its value
	 * @param remedy what to do about a missing permission, for the log
	 */
	public void putOptional(String key, String value, String remedy) {
		CompletableFuture<Void> unused = change(key, (leased) -> {
			leased.makeOptional(remedy);
			return leased.setDesiredValue(bytes(value));
		});
	}

	/**
	 * Delete a key, and delete it again should it reappear under the lease.
	 * @param key a key that was put before
	 * @return completes when etcd no longer holds the key for this process; cancelled if
	 * the key is put again or the session is closed before that
	 */
	public CompletableFuture<Void> remove(String key) {
		return change(key, (leased) -> leased.setDesiredValue(null));
	}

	/**
	 * Delete a key after writing a last value, by which watchers tell an orderly removal
	 * from an expired lease.
	 * @param key a key that was put before
	 * @param lastValue the value to write before the key is deleted
	 * @return as {@link #remove(String)}
	 */
	public CompletableFuture<Void> remove(String key, String lastValue) {
		return change(key, (leased) -> leased.remove(bytes(lastValue)));
	}

	/**
	 * Bind a key that somebody else wrote to the lease, as soon as etcd holds another key
	 * for this process. It is written again after the loss of the lease, but not after
	 * somebody else deletes or changes it. If it is older than the other key, it
	 * concerned an earlier process, and is deleted.
	 * @param entry the key as read from etcd
	 * @param holder the other key
	 */
	public void adopt(KeyValue entry, String holder) {
		this.loop.adopted().adopt(entry, bytes(holder));
		this.loop.wakeUp();
	}

	/**
	 * Delete a key as passed to {@link #adopt}, unless somebody else changes it first.
	 * @param entry the key as read from etcd
	 * @param holder the other key
	 */
	public void discard(KeyValue entry, String holder) {
		this.loop.adopted().discard(entry, bytes(holder));
		this.loop.wakeUp();
	}

	/**
	 * Report that an adopted key is missing in etcd. Does nothing for any other key.
	 * @param key the key
	 * @param revision revision at which it was missing
	 */
	public void deleted(ByteSequence key, long revision) {
		this.loop.adopted().deleted(key, revision);
		this.loop.wakeUp();
	}

	private CompletableFuture<Void> change(String name, Function<LeasedKey, CompletableFuture<Void>> change) {
		LeasedKey key;
		synchronized (this) {
			if (this.closed) {
				CompletableFuture<Void> cancelled = new CompletableFuture<>();
				cancelled.cancel(false);
				return cancelled;
			}
			key = this.keys.computeIfAbsent(bytes(name), LeasedKey::new);
			start();
		}
		CompletableFuture<Void> written = change.apply(key);
		if (isClosed()) {
			key.cancel();
		}
		this.loop.wakeUp();
		return written;
	}

	private synchronized boolean isClosed() {
		return this.closed;
	}

	/**
	 * Return the current status of the lease.
	 * @return the status
	 */
	public LeaseStatus status() {
		return this.loop.status();
	}

	/**
	 * Return the term of the current lease. After a loss, the lease is replaced, and its
	 * id is another one.
	 * @return the term, which may have ended during an outage; {@code null} while there
	 * is no lease
	 */
	public @Nullable LeaseTerm term() {
		return this.loop.term();
	}

	/**
	 * Call a listener each time etcd reports that the lease no longer exists.
	 * @param listener called on the thread of the lease, must neither block nor throw
	 */
	public void addLossListener(Runnable listener) {
		this.loop.addLossListener(listener);
	}

	/**
	 * Return the number of successful lease renewals.
	 * @return the number since the session was created
	 */
	public long renewals() {
		return this.loop.renewals();
	}

	/**
	 * Return since when etcd holds a key for this session, as far as is known.
	 * @param key the key
	 * @return the time, {@code null} if etcd does not hold it
	 */
	public @Nullable Instant heldSince(String key) {
		LeasedKey leased = this.keys.get(bytes(key));
		return (leased != null) ? leased.heldSince() : null;
	}

	/**
	 * Return the revision since which etcd holds a key for this session, as far as is
	 * known.
	 * @param key the key
	 * @return the revision, 0 if etcd does not hold it
	 */
	public long heldSinceRevision(String key) {
		LeasedKey leased = this.keys.get(bytes(key));
		return (leased != null) ? leased.heldSinceRevision() : 0;
	}

	/**
	 * Return the state of the watch of all keys.
	 * @return the report, empty before the first write
	 */
	public List<MirrorReport> watches() {
		return this.loop.watches();
	}

	/**
	 * Close the session and revoke its lease, which deletes all its keys at once. Pending
	 * futures are cancelled. Blocks for a few seconds at most if etcd does not respond;
	 * etcd then deletes the keys when the lease expires.
	 */
	@Override
	public void close() {
		long last = end();
		if (last != LeaseLoop.NO_LEASE) {
			revoke(last);
		}
	}

	/**
	 * Close the session without revoking its lease. The keys remain until the TTL
	 * expires.
	 */
	public void abandon() {
		end();
	}

	private long end() {
		synchronized (this) {
			if (this.closed) {
				return LeaseLoop.NO_LEASE;
			}
			this.closed = true;
		}
		long last = this.loop.stop();
		this.keys.values().forEach(LeasedKey::cancel);
		return last;
	}

	private void revoke(long lease) {
		// also while the thread is interrupted, as the keys would outlive the process
		boolean interrupted = Thread.interrupted();
		try {
			this.requests.revoke(lease);
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				logger.warn("Failed to revoke lease " + LeaseStatus.id(lease) + " (" + ex.getMessage()
						+ "). Its keys remain until the TTL expires");
			}
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
