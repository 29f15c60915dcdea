package io.github.etcdspring.loadbalancer;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * Health of one instance, derived from the outcome of this application's calls.
 * Lock-free: concurrent updates may lose one of two equal observations, which the next
 * call corrects.
 */
final class InstanceHealth {

	private static final int NOT_SEEN = -1;

	private final AtomicReference<@Nullable Ejection> ejection = new AtomicReference<>();

	private final AtomicInteger readTimeouts = new AtomicInteger();

	/** Start of the oldest call since the last answer; 0 if there is none. */
	private volatile long waitingSince;

	/** Start of the last call, or the time at which it timed out. */
	private volatile long lastAttempt;

	private volatile long revision = NOT_SEEN;

	/**
	 * Update the revision of the key. A new revision ends an ejection, because the
	 * instance was registered again.
	 */
	void seen(long revision) {
		long former = this.revision;
		if (former != revision) {
			this.revision = revision;
			if (former != NOT_SEEN) {
				reset();
			}
		}
	}

	@Nullable Ejection ejection() {
		return this.ejection.get();
	}

	boolean replace(@Nullable Ejection expected, Ejection next) {
		return this.ejection.compareAndSet(expected, next);
	}

	/**
	 * Forget all failures.
	 * @return whether this ends an ejection
	 */
	boolean reset() {
		this.waitingSince = 0;
		this.readTimeouts.set(0);
		return this.ejection.get() != null && this.ejection.getAndSet(null) != null;
	}

	void started(long now) {
		this.lastAttempt = now;
		if (this.waitingSince == 0) {
			this.waitingSince = (now != 0) ? now : 1;
		}
	}

	void ended() {
		this.waitingSince = 0;
	}

	/**
	 * Record a read timeout, which does not tell whether the instance is alive.
	 * @return the number of read timeouts since the last answer
	 */
	int timedOut(long now) {
		this.lastAttempt = now;
		return this.readTimeouts.incrementAndGet();
	}

	/** Whether pending calls have had no answer for too long. */
	boolean isUnanswered(long now, long unansweredAfter) {
		long since = this.waitingSince;
		return since != 0 && unansweredAfter != 0 && now - since >= unansweredAfter;
	}

	/**
	 * Whether a further call of an instance that does not answer has to wait. It is
	 * allowed after as much time as has passed without an answer, so that the calls
	 * become rarer.
	 */
	boolean isAvoided(long now, long unansweredAfter, long minDuration, long maxDuration) {
		long last = this.lastAttempt;
		return isUnanswered(now, unansweredAfter)
				&& now - last < Math.min(maxDuration, Math.max(minDuration, last - this.waitingSince));
	}

}
