package io.github.etcdspring.lock;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Locks among the threads of this application by name, which exist only while they are in
 * use. Thread-safe.
 */
final class LocalLocks {

	private final ConcurrentMap<String, LocalLock> locks = new ConcurrentHashMap<>();

	/** Use a lock until {@link #leave} is called as often as this. */
	LocalLock enter(String name) {
		return this.locks.compute(name, (key, known) -> {
			LocalLock lock = (known != null) ? known : new LocalLock();
			lock.users++;
			return lock;
		});
	}

	void leave(String name) {
		this.locks.computeIfPresent(name, (key, lock) -> (--lock.users > 0) ? lock : null);
	}

	@Nullable LocalLock find(String name) {
		return this.locks.get(name);
	}

	int size() {
		return this.locks.size();
	}

	/**
	 * Lock among the threads of this application.
	 */
	static final class LocalLock {

		private final ReentrantLock lock = new ReentrantLock(true);

		/** Threads that hold or wait, once for each level; guarded by the map. */
		private int users;

		private volatile @Nullable LockKey key;

		ReentrantLock lock() {
			return this.lock;
		}

		/** Key of the thread that holds the lock. */
		@Nullable LockKey key() {
			return this.key;
		}

		void setKey(@Nullable LockKey key) {
			this.key = key;
		}

	}

}
