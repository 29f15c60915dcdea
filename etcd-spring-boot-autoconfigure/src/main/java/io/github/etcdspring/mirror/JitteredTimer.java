package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells when an interval is over, give or take a fifth, so that not all processes do the
 * same at once. Not thread-safe.
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
