package io.github.etcdspring.lock;

import org.springframework.context.ApplicationEvent;

/**
 * Published when a lock is lost while a thread of this application holds it. Published on
 * a thread of the locks, so listeners must not block.
 *
 * @since 0.1.0
 */
public final class EtcdLockLostEvent extends ApplicationEvent {

	private static final long serialVersionUID = 1L;

	private final String name;

	private final String reason;

	EtcdLockLostEvent(EtcdLockRegistry source, String name, String reason) {
		super(source);
		this.name = name;
		this.reason = reason;
	}

	/**
	 * Return the name of the lock.
	 * @return the key that was passed to {@link EtcdLockRegistry#obtain}
	 */
	public String getName() {
		return this.name;
	}

	/**
	 * Return why the lock was lost.
	 * @return the reason
	 */
	public String getReason() {
		return this.reason;
	}

	@Override
	public String toString() {
		return "EtcdLockLostEvent[name=" + this.name + ", reason=" + this.reason + "]";
	}

}
