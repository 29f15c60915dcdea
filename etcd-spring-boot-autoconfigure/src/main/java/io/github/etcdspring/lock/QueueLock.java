package io.github.etcdspring.lock;

import java.util.ConcurrentModificationException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.lock.LocalLocks.LocalLock;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.CannotAcquireLockException;

/**
 * {@link EtcdLock} that is first acquired among the threads of this application, then in
 * etcd. It has no state: all instances with the same name are the same lock.
 */
final class QueueLock implements EtcdLock {

	private final EtcdConnection connection;

	private final LockSession session;

	private final LocalLocks locals;

	private final String name;

	private final String queue;

	private final Consumer<LockKey> onLoss;

	QueueLock(EtcdConnection connection, LockSession session, LocalLocks locals, String name, String queue,
			Consumer<LockKey> onLoss) {
		this.connection = connection;
		this.session = session;
		this.locals = locals;
		this.name = name;
		this.queue = queue;
		this.onLoss = onLoss;
	}

	@Override
	public void lock() {
		boolean interrupted = false;
		LocalLock local = this.locals.enter(this.name);
		local.lock().lock();
		boolean acquired = false;
		try {
			while (!acquired) {
				try {
					acquired = acquire(local, Deadline.NONE);
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		finally {
			if (!acquired) {
				leave(local);
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@Override
	public void lockInterruptibly() throws InterruptedException {
		boolean unused = tryLock(Deadline.NONE);
	}

	@Override
	public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
		return tryLock(Deadline.after(unit.toNanos(time)));
	}

	private boolean tryLock(Deadline deadline) throws InterruptedException {
		LocalLock local = this.locals.enter(this.name);
		boolean entered = false;
		try {
			entered = local.lock().tryLock(deadline.nanosLeft(), TimeUnit.NANOSECONDS);
		}
		finally {
			if (!entered) {
				this.locals.leave(this.name);
			}
		}
		boolean acquired = false;
		try {
			acquired = entered && acquire(local, deadline);
			return acquired;
		}
		finally {
			if (entered && !acquired) {
				leave(local);
			}
		}
	}

	@Override
	public boolean tryLock() {
		LocalLock local = this.locals.enter(this.name);
		if (!local.lock().tryLock()) {
			this.locals.leave(this.name);
			return false;
		}
		boolean acquired = false;
		boolean interrupted = Thread.interrupted();
		try {
			acquired = (local.lock().getHoldCount() > 1) ? isHeld(local)
					: hold(local, this.session.tryAcquire(this.name, this.queue, this.onLoss));
		}
		catch (EtcdRequestException ex) {
			throw failed(ex);
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		finally {
			if (!acquired) {
				leave(local);
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		return acquired;
	}

	private boolean acquire(LocalLock local, Deadline deadline) throws InterruptedException {
		if (local.lock().getHoldCount() > 1) {
			if (!isHeld(local)) {
				throw lost(local.key());
			}
			return true;
		}
		try {
			return hold(local, this.session.acquire(this.name, this.queue, deadline, this.onLoss));
		}
		catch (EtcdRequestException ex) {
			throw failed(ex);
		}
	}

	private static boolean hold(LocalLock local, @Nullable LockKey key) {
		local.setKey(key);
		return key != null;
	}

	private static boolean isHeld(LocalLock local) {
		LockKey key = local.key();
		return key != null && key.isHeld();
	}

	private void leave(LocalLock local) {
		local.lock().unlock();
		this.locals.leave(this.name);
	}

	@Override
	public void unlock() {
		LocalLock local = requireLocal();
		LockKey released = null;
		boolean held = true;
		try {
			if (local.lock().getHoldCount() == 1) {
				released = Objects.requireNonNull(local.key());
				local.setKey(null);
				held = this.session.release(released);
			}
		}
		finally {
			leave(local);
		}
		if (!held) {
			throw lost(released);
		}
	}

	@Override
	public Condition newCondition() {
		throw new UnsupportedOperationException("Locks in etcd have no conditions");
	}

	@Override
	public boolean isHeld() {
		LocalLock local = this.locals.find(this.name);
		return local != null && isHeld(local);
	}

	@Override
	public FencingToken token() {
		LockKey key = requireLocal().key();
		if (key == null || !key.isHeld()) {
			throw lost(key);
		}
		return key.token();
	}

	private LocalLock requireLocal() {
		LocalLock local = this.locals.find(this.name);
		if (local == null || !local.lock().isHeldByCurrentThread()) {
			throw new IllegalMonitorStateException(
					"Lock '" + this.name + "' is not held by thread '" + Thread.currentThread().getName() + "'");
		}
		return local;
	}

	private ConcurrentModificationException lost(@Nullable LockKey key) {
		String reason = (key != null && !key.reason().isEmpty()) ? key.reason() : "its key was deleted";
		return new ConcurrentModificationException("Lock '" + this.name + "' was lost while it was held: " + reason
				+ ". Another process may have held it meanwhile. Check or repeat the protected work, and guard its"
				+ " writes with the fencing token");
	}

	private CannotAcquireLockException failed(EtcdRequestException failure) {
		return new CannotAcquireLockException(
				"Failed to acquire lock '" + this.name + "' in etcd: " + this.connection.explain(failure), failure);
	}

	@Override
	public String toString() {
		return "EtcdLock[" + this.queue + "]";
	}

}
