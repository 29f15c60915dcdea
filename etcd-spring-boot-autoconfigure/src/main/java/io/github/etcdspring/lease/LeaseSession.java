package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.MirrorReport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A lease kept alive while the session is open, and the keys bound to it. A key that
 * disappears or is overwritten is put again, a lease that etcd no longer knows is
 * replaced. A key that another live process holds is never touched.
 * <p>
 * One daemon thread does all the work, from the first put on. The futures complete on
 * that thread, so that whoever continues them must not block.
 */
public final class LeaseSession implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LeaseSession.class);

	private final LeaseRequests requests;

	private final Map<ByteSequence, LeasedKey> keys = new ConcurrentHashMap<>();

	private final LeaseLoop loop;

	private boolean started;

	private boolean closed;

	/**
	 * Create a session that does nothing until something is put.
	 * @param connection the connection to etcd
	 * @param ttl time after which the keys disappear when this process no longer renews
	 * the lease, in whole seconds
	 */
	public LeaseSession(EtcdConnection connection, Duration ttl) {
		this.requests = new LeaseRequests(connection);
		this.loop = new LeaseLoop(connection, ttl, this.keys.values());
	}

	/**
	 * Begin to keep a lease, in the background and for as long as it takes.
	 */
	public synchronized void start() {
		if (!this.started && !this.closed) {
			this.started = true;
			this.loop.start();
		}
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
	 * Keep a key in etcd from now on.
	 * @param key the key
	 * @param value its value
	 * @return completes when etcd holds it or a later value, which may be long after an
	 * outage; cancelled when the key is removed or the session closed before that
	 */
	public CompletableFuture<Void> put(String key, String value) {
		return setDesiredValue(key, bytes(value));
	}

	/**
	 * Keep a key out of etcd from now on.
	 * @param key a key that was put before
	 * @return completes when etcd no longer holds it for this process
	 */
	public CompletableFuture<Void> remove(String key) {
		return setDesiredValue(key, null);
	}

	private CompletableFuture<Void> setDesiredValue(String name, @Nullable ByteSequence value) {
		LeasedKey key;
		synchronized (this) {
			if (this.closed) {
				CompletableFuture<Void> never = new CompletableFuture<>();
				never.cancel(false);
				return never;
			}
			key = this.keys.computeIfAbsent(bytes(name), LeasedKey::new);
			start();
		}
		CompletableFuture<Void> done = key.setDesiredValue(value);
		if (isClosed()) {
			key.cancel();
		}
		this.loop.wakeUp();
		return done;
	}

	private synchronized boolean isClosed() {
		return this.closed;
	}

	/**
	 * How the session stands.
	 * @return the status
	 */
	public LeaseStatus status() {
		return this.loop.status();
	}

	/**
	 * How often the lease has been renewed.
	 * @return the number of renewals so far
	 */
	public long renewals() {
		return this.loop.renewals();
	}

	/**
	 * Since when etcd holds a key for this session, as far as is known.
	 * @param key the key
	 * @return the time, {@code null} if it does not
	 */
	public @Nullable Instant heldSince(String key) {
		LeasedKey leased = this.keys.get(bytes(key));
		return (leased != null) ? leased.heldSince() : null;
	}

	/**
	 * How the watches of the keys fare.
	 * @return a report on each
	 */
	public List<MirrorReport> watches() {
		return this.loop.watches();
	}

	/**
	 * End the session and revoke its lease, which removes all its keys at once. Takes up
	 * to a few seconds when etcd does not answer; the keys then disappear with the lease.
	 */
	@Override
	public void close() {
		long last = end();
		if (last != LeaseLoop.NO_LEASE) {
			revoke(last);
		}
	}

	/**
	 * End the session and leave its keys to their time to live.
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
		try {
			this.requests.revoke(lease);
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				logger.warn("The lease " + LeaseStatus.id(lease) + " could not be revoked (" + ex.getMessage()
						+ "), its keys disappear with their time to live");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
