package io.github.etcdspring.loadbalancer;

import java.time.Instant;

/**
 * The ejection of one instance.
 *
 * @param failure what the last call failed with
 * @param attempts number of failures since the instance answered last
 * @param until when the next call is allowed, by {@link System#nanoTime}
 * @param since when it began
 */
record Ejection(CallFailure failure, int attempts, long until, Instant since) {

	boolean isOver(long now) {
		return now - this.until >= 0;
	}

	Ejection again(long until) {
		return new Ejection(this.failure, this.attempts + 1, until, this.since);
	}

}
