package io.github.etcdspring.lock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * A lock that one thread of all applications with the same etcd can hold. It is reentrant
 * and bound to the lease of the application. If the lease is lost, or is not renewed
 * within its time to live, so is the lock.
 * <p>
 * Methods that acquire the lock throw a
 * {@link org.springframework.dao.CannotAcquireLockException} if etcd denies access, and
 * an {@link IllegalStateException} when the application stops. Thread-safe.
 *
 * @since 0.1.0
 */
public interface EtcdLock extends Lock {

	/**
	 * Acquire the lock, in the order of requests. While etcd is unavailable, this is
	 * retried without a limit, as the caller has set none.
	 * @throws java.util.ConcurrentModificationException if the thread already holds the
	 * lock, but has lost it in etcd
	 */
	@Override
	void lock();

	/**
	 * Acquire the lock like {@link #lock()}, unless the thread is interrupted.
	 * @throws InterruptedException if the thread is interrupted
	 */
	@Override
	void lockInterruptibly() throws InterruptedException;

	/**
	 * Acquire the lock if nobody holds it or waits for it. Waits for the response of etcd
	 * only.
	 * @return whether it was acquired
	 * @throws org.springframework.dao.CannotAcquireLockException also if etcd is
	 * unavailable
	 */
	@Override
	boolean tryLock();

	/**
	 * Acquire the lock within a time.
	 * @return whether it was acquired, {@code false} also if etcd was unavailable all the
	 * time
	 */
	@Override
	boolean tryLock(long time, TimeUnit unit) throws InterruptedException;

	/**
	 * Release the lock. If etcd does not respond, the key is deleted in the background.
	 * @throws IllegalMonitorStateException if the thread does not hold the lock
	 * @throws java.util.ConcurrentModificationException if the lock was lost before.
	 * Another process may have held it meanwhile
	 */
	@Override
	void unlock();

	/**
	 * Not supported.
	 * @throws UnsupportedOperationException always
	 */
	@Override
	Condition newCondition();

	/**
	 * Return whether a thread of this application holds the lock and has not lost it.
	 * Sends no request. {@code false} at the latest when etcd may pass the lock to
	 * another process.
	 * @return whether the lock is held
	 */
	boolean isHeld();

	/**
	 * Return the fencing token of the current holding.
	 * @return the token, which may be passed to other threads
	 * @throws IllegalMonitorStateException if the thread does not hold the lock
	 * @throws java.util.ConcurrentModificationException if the lock was lost
	 */
	FencingToken token();

}
