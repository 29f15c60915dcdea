package io.github.etcdspring.lock;

import java.time.Duration;

/**
 * Time until which to wait for a lock, by the monotonic clock.
 *
 * @param limited whether there is one
 * @param end its end as a value of {@link System#nanoTime()}
 */
record Deadline(boolean limited, long end) {

	static final Deadline NONE = new Deadline(false, 0);

	static Deadline after(long nanos) {
		return new Deadline(true, System.nanoTime() + Math.min(Math.max(nanos, 0), Long.MAX_VALUE / 2));
	}

	long nanosLeft() {
		return (this.limited) ? this.end - System.nanoTime() : Long.MAX_VALUE;
	}

	boolean hasPassed() {
		return nanosLeft() <= 0;
	}

	/** Shorten a timeout to the rest of the time. */
	Duration limit(Duration timeout) {
		long nanos = Math.min(timeout.toNanos(), nanosLeft());
		return Duration.ofNanos(Math.max(nanos, 1_000_000));
	}

}
