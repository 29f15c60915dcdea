package io.github.etcdspring.lock;

import java.util.function.Consumer;

import io.github.etcdspring.client.EtcdConnection;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.support.locks.LockRegistry;
import org.springframework.util.Assert;

/**
 * {@link LockRegistry} whose locks are held in etcd, under the lease of the application.
 * Locks need neither renewal nor removal by the user. Thread-safe.
 *
 * @since 0.1.0
 */
public final class EtcdLockRegistry implements LockRegistry<EtcdLock> {

	private static final Log logger = LogFactory.getLog(EtcdLockRegistry.class);

	private final EtcdConnection connection;

	private final LockSession session;

	private final String prefix;

	private final ApplicationEventPublisher events;

	private final LocalLocks locals = new LocalLocks();

	EtcdLockRegistry(EtcdConnection connection, LockSession session, String prefix, ApplicationEventPublisher events) {
		this.connection = connection;
		this.session = session;
		this.prefix = prefix;
		this.events = events;
	}

	/**
	 * Return the lock with a name, without waiting for etcd. Locks with the same name are
	 * the same lock.
	 * @param lockKey the name, a not empty string
	 * @return the lock
	 * @throws IllegalArgumentException if the name is not a string or is empty
	 */
	@Override
	public EtcdLock obtain(Object lockKey) {
		Assert.isInstanceOf(String.class, lockKey, "Lock key must be a String");
		String name = (String) lockKey;
		Assert.hasText(name, "Lock key must not be empty");
		this.session.prepare();
		Consumer<LockKey> onLoss = (key) -> lost(name, key);
		return new QueueLock(this.connection, this.session, this.locals, name, queue(this.prefix, name), onLoss);
	}

	/** A name with a slash would be within the queue of another lock. */
	static String queue(String prefix, String name) {
		return prefix + "/" + name.replace("%", "%25").replace("/", "%2F") + "/";
	}

	private void lost(String name, LockKey key) {
		logger.warn("Lock '" + name + "' was lost while it was held: " + key.reason());
		this.events.publishEvent(new EtcdLockLostEvent(this, name, key.reason()));
	}

	/**
	 * Return the number of names whose lock is held or waited for.
	 */
	int size() {
		return this.locals.size();
	}

}
