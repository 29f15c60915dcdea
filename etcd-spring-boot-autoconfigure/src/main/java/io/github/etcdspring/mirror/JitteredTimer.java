package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A timer with a jitter of 20 %, so that processes do not act in lockstep. Not
 * thread-safe.
 */
final class JitteredTimer {

	private long dueAt;

	JitteredTimer(Duration interval) {
		restart(interval);
	}

	void restart(Duration interval) {
		this.dueAt = System.nanoTime() + jitter(interval).toNanos();
	}

	boolean isDue() {
		return System.nanoTime() - this.dueAt > 0;
	}

	long nanosUntilDue() {
		return Math.max(0, this.dueAt - System.nanoTime());
	}

	static Duration jitter(Duration interval) {
		return Duration.ofMillis((long) (interval.toMillis() * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
	}

}
