package io.github.etcdspring.lock;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.lease.LeaseTerm;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorListener;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * A key of this application in the queue of a lock, from the request for the lock to its
 * release. Each request has a new key, so that a late write or deletion affects no other
 * request. Thread-safe.
 */
final class LockKey {

	/**
	 * State of a key. The last two are final.
	 */
	enum State {

		QUEUED, HELD, LOST, RELEASED

	}

	/** While the term of the lease has ended, the time until it is compared again. */
	private static final long TERM_CHECK = TimeUnit.MILLISECONDS.toNanos(100);

	private final EtcdConnection connection;

	private final Supplier<@Nullable LeaseTerm> term;

	private final String name;

	private final ByteSequence key;

	private final long lease;

	private final Consumer<LockKey> onLoss;

	private final ReentrantLock mutex = new ReentrantLock();

	private final Condition changed = this.mutex.newCondition();

	private volatile State state = State.QUEUED;

	private volatile String reason = "";

	private volatile long revision;

	private @Nullable ByteSequence awaited;

	private @Nullable Mirror mirror;

	/**
	 * Create a key that is not yet in etcd.
	 * @param connection the connection to etcd
	 * @param term the current term of the lease of the application
	 * @param name name of the lock
	 * @param key the key
	 * @param lease the lease that the key is bound to
	 * @param onLoss called once if the lock is lost while it is held, must not block
	 */
	LockKey(EtcdConnection connection, Supplier<@Nullable LeaseTerm> term, String name, String key, long lease,
			Consumer<LockKey> onLoss) {
		this.connection = connection;
		this.term = term;
		this.name = name;
		this.key = ByteSequence.from(key, StandardCharsets.UTF_8);
		this.lease = lease;
		this.onLoss = onLoss;
	}

	String name() {
		return this.name;
	}

	ByteSequence key() {
		return this.key;
	}

	long lease() {
		return this.lease;
	}

	FencingToken token() {
		return new FencingToken(this.key.toString(StandardCharsets.UTF_8), this.revision);
	}

	/** Why the lock was lost, empty if it was not. */
	String reason() {
		return this.reason;
	}

	void appended(long revision) {
		this.revision = revision;
	}

	/**
	 * Wait until another key is deleted.
	 * @param predecessor the key in front of this one
	 * @param deadline how long to wait
	 * @return {@code false} if the deadline has passed or this key is lost
	 */
	boolean awaitDeletion(ByteSequence predecessor, Deadline deadline) throws InterruptedException {
		this.mutex.lockInterruptibly();
		try {
			this.awaited = predecessor;
		}
		finally {
			this.mutex.unlock();
		}
		follow(predecessor);
		this.mutex.lockInterruptibly();
		try {
			while (this.state == State.QUEUED && this.awaited != null && !deadline.hasPassed()) {
				long unused = this.changed.awaitNanos(deadline.nanosLeft());
			}
			return this.state == State.QUEUED && this.awaited == null;
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Hold the lock, as no other key is in front of this one. If the term of the lease
	 * has ended, wait for its renewal.
	 * @param deadline how long to wait
	 * @return whether the lock is held
	 */
	boolean hold(Deadline deadline) throws InterruptedException {
		this.mutex.lockInterruptibly();
		try {
			while (this.state == State.QUEUED) {
				LeaseTerm current = this.term.get();
				if (current == null || current.lease() != this.lease) {
					lose("its lease was lost");
				}
				else if (current.nanosLeft() > 0) {
					this.state = State.HELD;
				}
				else if (deadline.hasPassed()) {
					return false;
				}
				else {
					long unused = this.changed.awaitNanos(Math.min(deadline.nanosLeft(), TERM_CHECK));
				}
			}
			return this.state == State.HELD;
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Wait until the lock is lost or released.
	 */
	void awaitEnd() throws InterruptedException {
		this.mutex.lockInterruptibly();
		try {
			while (isHeld()) {
				long unused = this.changed.awaitNanos(nanosLeft());
			}
		}
		finally {
			this.mutex.unlock();
		}
	}

	/** Time until the lock is lost unless the lease is renewed. */
	long nanosLeft() {
		LeaseTerm current = this.term.get();
		return (current != null && current.lease() == this.lease) ? Math.max(current.nanosLeft(), 0) : 0;
	}

	/**
	 * Whether the lock is held. The end of the term makes the loss final, even if the
	 * lease is renewed later.
	 */
	boolean isHeld() {
		if (this.state != State.HELD) {
			return false;
		}
		LeaseTerm current = this.term.get();
		if (current != null && current.covers(this.lease)) {
			return true;
		}
		lose((current != null && current.lease() == this.lease)
				? "its lease was not renewed within its TTL, as etcd did not respond or this process was suspended"
				: "its lease was lost");
		return false;
	}

	void lose(String reason) {
		boolean held = false;
		this.mutex.lock();
		try {
			if (this.state == State.QUEUED || this.state == State.HELD) {
				held = this.state == State.HELD;
				this.reason = reason;
				this.state = State.LOST;
				this.changed.signalAll();
			}
		}
		finally {
			this.mutex.unlock();
		}
		if (held) {
			this.onLoss.accept(this);
		}
	}

	/**
	 * End the use of this key.
	 * @return whether the lock was held until now
	 */
	boolean release() {
		boolean held = isHeld();
		this.mutex.lock();
		try {
			held &= this.state == State.HELD;
			if (this.state != State.LOST) {
				this.state = State.RELEASED;
			}
			this.changed.signalAll();
		}
		finally {
			this.mutex.unlock();
		}
		return held;
	}

	/** Watch the key while the lock is held, unless it is watched already. */
	void follow() {
		this.mutex.lock();
		try {
			if (this.mirror != null || this.state != State.HELD) {
				return;
			}
			this.mirror = start(List.of(KeyRange.key(this.key)));
		}
		finally {
			this.mutex.unlock();
		}
	}

	private void follow(ByteSequence predecessor) {
		List<KeyRange> ranges = Stream.of(this.key, predecessor).map(KeyRange::key).toList();
		close();
		this.mutex.lock();
		try {
			if (this.state == State.QUEUED) {
				this.mirror = start(ranges);
			}
		}
		finally {
			this.mutex.unlock();
		}
	}

	/** The lease reports outages. */
	private Mirror start(List<KeyRange> ranges) {
		Mirror created = Mirror.withoutOutageLogging(this.connection, ranges, "lock", new Observer());
		created.start();
		return created;
	}

	/** Close the watch. Not called with the mutex, as the watch may be waiting for it. */
	void close() {
		Mirror open;
		this.mutex.lock();
		try {
			open = this.mirror;
			this.mirror = null;
		}
		finally {
			this.mutex.unlock();
		}
		if (open != null) {
			open.close();
		}
	}

	private void observe(Snapshot snapshot) {
		this.mutex.lock();
		try {
			if (this.awaited != null && snapshot.revision() >= this.revision
					&& !snapshot.entries().containsKey(this.awaited)) {
				this.awaited = null;
				this.changed.signalAll();
			}
		}
		finally {
			this.mutex.unlock();
		}
	}

	/**
	 * Called on the thread of the mirror.
	 */
	private final class Observer implements MirrorListener {

		private boolean found;

		@Override
		public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
			unchanged(snapshot);
		}

		@Override
		public void unchanged(Snapshot snapshot) {
			if (snapshot.entries().containsKey(LockKey.this.key)) {
				this.found = true;
			}
			else if (this.found || snapshot.revision() >= LockKey.this.revision) {
				lose("its key " + LockKey.this.key.toString(StandardCharsets.UTF_8) + " was deleted");
			}
			observe(snapshot);
		}

	}

}
