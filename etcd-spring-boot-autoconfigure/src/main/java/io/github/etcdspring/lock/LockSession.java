package io.github.etcdspring.lock;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseTerm;
import io.github.etcdspring.lock.LockRequests.Position;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.backoff.BackOffExecution;

/**
 * Acquires and releases locks under the lease of the application. Requests are sent on
 * the calling threads. One thread reports losses; it exists only while there is something
 * to do.
 * <p>
 * Stops last of all lifecycle beans, and then releases all locks.
 */
final class LockSession implements SmartLifecycle, DisposableBean {

	private static final Log logger = LogFactory.getLog(LockSession.class);

	/**
	 * Time for which a lock is held until its key is watched. The loss of the lease is
	 * noticed without a watch, so that short locks cost no further request.
	 */
	private static final Duration WATCH_AFTER = Duration.ofMillis(500);

	private static final Duration TERM_CHECK = Duration.ofMillis(50);

	private static final Duration STOP_TIMEOUT = Duration.ofSeconds(1);

	private final EtcdConnection connection;

	private final LeaseSession session;

	private final LockRequests requests;

	private final String owner;

	private final LockKeys keys;

	private final AtomicLong sequence = new AtomicLong();

	private final SingleThreadTimer monitor = new SingleThreadTimer("etcd-lock-monitor-", Duration.ofSeconds(2));

	private volatile boolean stopped;

	private volatile boolean running;

	/**
	 * Create a session without a thread.
	 * @param connection the connection to etcd
	 * @param session the lease of the application
	 * @param owner name of this application instance, the value of its keys
	 */
	LockSession(EtcdConnection connection, LeaseSession session, String owner) {
		this.connection = connection;
		this.session = session;
		this.requests = new LockRequests(connection);
		this.owner = owner;
		this.keys = new LockKeys(connection, session);
		session.addLossListener(() -> this.keys.loseAll("its lease was lost"));
	}

	/** Name of this application instance. */
	String owner() {
		return this.owner;
	}

	/**
	 * Acquire the lease in the background, so that the first lock need not wait for it.
	 */
	void prepare() {
		this.session.start();
	}

	/**
	 * Acquire a lock only if its queue is empty.
	 * @return the key, {@code null} if the lock is held
	 * @throws EtcdRequestException if a request fails
	 */
	@Nullable LockKey tryAcquire(String name, String queue, Consumer<LockKey> onLoss)
			throws EtcdRequestException, InterruptedException {
		Deadline deadline = Deadline.after(this.connection.requestTimeout().toNanos());
		LeaseTerm term = awaitTerm(name, deadline);
		if (term == null) {
			throw EtcdRequestException.timeout("no lease" + problem());
		}
		if (!this.requests.isEmpty(bytes(queue), deadline.limit(this.connection.requestTimeout()))) {
			return null;
		}
		LockKey key = newKey(name, queue, term, onLoss);
		Attempt attempt = new Attempt(key, bytes(queue));
		try {
			if (attempt.append(deadline) == null && key.hold(deadline)) {
				return attempt.acquired();
			}
			return null;
		}
		finally {
			attempt.end();
		}
	}

	/**
	 * Acquire a lock. Failed requests are retried until the deadline, as is a key that is
	 * lost while it waits.
	 * @return the key, {@code null} if the deadline has passed
	 * @throws EtcdRequestException if etcd denies access
	 */
	@Nullable LockKey acquire(String name, String queue, Deadline deadline, Consumer<LockKey> onLoss)
			throws EtcdRequestException, InterruptedException {
		BackOffExecution backOff = LockRequests.newBackOff();
		while (true) {
			LeaseTerm term = awaitTerm(name, deadline);
			if (term == null) {
				return null;
			}
			Attempt attempt = new Attempt(newKey(name, queue, term, onLoss), bytes(queue));
			try {
				if (attempt.await(deadline)) {
					return attempt.acquired();
				}
			}
			catch (EtcdRequestException ex) {
				if (ex.requiresIntervention()) {
					throw ex;
				}
				logger.debug("Failed to request lock '" + name + "', it is requested again", ex);
			}
			finally {
				attempt.end();
			}
			if (!pause(backOff, deadline)) {
				return null;
			}
		}
	}

	/**
	 * Release a lock, and wait until its key is deleted.
	 * @return whether it was held until now
	 */
	boolean release(LockKey key) {
		boolean held = key.release();
		boolean deleted = this.keys.delete(key);
		return held && deleted;
	}

	private LockKey newKey(String name, String queue, LeaseTerm term, Consumer<LockKey> onLoss) {
		String key = queue + Long.toHexString(term.lease()) + "-" + this.sequence.incrementAndGet();
		return new LockKey(this.connection, this.session::term, name, key, term.lease(), (lost) -> lost(lost, onLoss));
	}

	/** The lease may still exist, and with it the key that others wait for. */
	private void lost(LockKey key, Consumer<LockKey> onLoss) {
		this.monitor.execute(() -> onLoss.accept(key));
		this.keys.deleteInBackground(key, false);
	}

	private @Nullable LeaseTerm awaitTerm(String name, Deadline deadline) throws InterruptedException {
		this.session.start();
		while (true) {
			if (this.stopped) {
				throw new IllegalStateException(
						"Lock '" + name + "' is not available, as the application context is stopped");
			}
			LeaseTerm term = this.session.term();
			if (term != null && term.nanosLeft() > 0) {
				return term;
			}
			if (deadline.hasPassed()) {
				return null;
			}
			TimeUnit.NANOSECONDS.sleep(Math.min(deadline.nanosLeft(), TERM_CHECK.toNanos()));
		}
	}

	private String problem() {
		EtcdProblem problem = this.session.status().problem();
		return (problem != null) ? ": " + problem : "";
	}

	private static boolean pause(BackOffExecution backOff, Deadline deadline) throws InterruptedException {
		long nanos = TimeUnit.MILLISECONDS.toNanos(backOff.nextBackOff());
		TimeUnit.NANOSECONDS.sleep(Math.max(0, Math.min(nanos, deadline.nanosLeft())));
		return !deadline.hasPassed();
	}

	/** Notice the end of the term in time, and watch a key that is held for longer. */
	private void monitor(LockKey key, boolean first) {
		if (!key.isHeld()) {
			return;
		}
		long delay = key.nanosLeft();
		if (first) {
			delay = Math.min(delay, WATCH_AFTER.toNanos());
		}
		else {
			key.follow();
		}
		this.monitor.schedule(() -> monitor(key, false), delay, TimeUnit.NANOSECONDS);
	}

	@Override
	public void start() {
		this.stopped = false;
		this.running = true;
	}

	/** Release all locks: the lease may be kept until its TTL expires. */
	@Override
	public void stop() {
		this.running = false;
		this.stopped = true;
		this.keys.deleteAll("the application context is stopped", STOP_TIMEOUT);
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

	@Override
	public void destroy() {
		stop();
		this.monitor.shutdownNow();
		this.keys.close();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * A request for a lock.
	 */
	private final class Attempt {

		private final LockKey key;

		private final ByteSequence queue;

		private boolean uncertain;

		private boolean succeeded;

		Attempt(LockKey key, ByteSequence queue) {
			this.key = key;
			this.queue = queue;
			LockSession.this.keys.add(key);
		}

		@Nullable ByteSequence append(Deadline deadline) throws EtcdRequestException, InterruptedException {
			this.uncertain = true;
			Position position = LockSession.this.requests.append(this.queue, this.key.key(),
					bytes(LockSession.this.owner), this.key.lease(), timeout(deadline));
			this.uncertain = false;
			this.key.appended(position.revision());
			return position.predecessor();
		}

		boolean await(Deadline deadline) throws EtcdRequestException, InterruptedException {
			ByteSequence predecessor = append(deadline);
			while (predecessor != null) {
				if (!this.key.awaitDeletion(predecessor, deadline)) {
					return false;
				}
				predecessor = findPredecessor(deadline);
			}
			return this.key.hold(deadline);
		}

		/** A failed look-up must not cost the place in the queue. */
		private @Nullable ByteSequence findPredecessor(Deadline deadline)
				throws EtcdRequestException, InterruptedException {
			BackOffExecution backOff = LockRequests.newBackOff();
			while (true) {
				try {
					return LockSession.this.requests.predecessor(this.queue, this.key.token().revision(),
							timeout(deadline));
				}
				catch (EtcdRequestException ex) {
					if (!ex.isUnanswered() || !pause(backOff, deadline) || LockSession.this.stopped) {
						throw ex;
					}
				}
			}
		}

		private Duration timeout(Deadline deadline) {
			return deadline.limit(LockSession.this.connection.requestTimeout());
		}

		LockKey acquired() {
			this.succeeded = true;
			monitor(this.key, true);
			return this.key;
		}

		void end() {
			if (!this.succeeded) {
				this.key.release();
				LockSession.this.keys.deleteInBackground(this.key, this.uncertain);
			}
		}

	}

}
