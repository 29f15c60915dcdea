package io.github.etcdspring.lock;

import org.springframework.integration.leader.Context;

/**
 * {@link Context} of a leadership in etcd. Thread-safe.
 *
 * @since 0.1.0
 */
public final class EtcdLeaderContext implements Context {

	private final String role;

	private final LockKey key;

	private final Runnable yield;

	private volatile boolean ended;

	EtcdLeaderContext(String role, LockKey key, Runnable yield) {
		this.role = role;
		this.key = key;
		this.yield = yield;
	}

	void end() {
		this.ended = true;
	}

	/**
	 * Return whether this application is the leader. Sends no request. {@code false} at
	 * the latest when etcd may elect another leader.
	 */
	@Override
	public boolean isLeader() {
		return !this.ended && this.key.isHeld();
	}

	/**
	 * Give up the leadership, and become a candidate again after all others. Returns
	 * without waiting. Does nothing if it has ended.
	 */
	@Override
	public void yield() {
		this.yield.run();
	}

	@Override
	public String getRole() {
		return this.role;
	}

	/**
	 * Return the fencing token of this leadership.
	 * @return the token, also after the end of the leadership
	 */
	public FencingToken token() {
		return this.key.token();
	}

	@Override
	public String toString() {
		return "EtcdLeaderContext[role=" + this.role + "]";
	}

}
