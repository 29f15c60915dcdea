package io.github.etcdspring.loadbalancer;

import java.time.Instant;

/**
 * The ejection of one instance.
 *
 * @param failure failure of the last call
 * @param attempts number of failures since the last response
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
