package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How long it takes from the arrival of an event until the listener has made use of it.
 * Counted by the thread of the mirror; any thread may read.
 */
final class Deliveries {

	private volatile Total total = new Total(0, 0, null);

	void delivered(long arrived) {
		Total before = this.total;
		this.total = new Total(before.count() + 1, before.nanos() + System.nanoTime() - arrived, Instant.now());
	}

	long count() {
		return this.total.count();
	}

	Duration time() {
		return Duration.ofNanos(this.total.nanos());
	}

	@Nullable Instant last() {
		return this.total.last();
	}

	private record Total(long count, long nanos, @Nullable Instant last) {

	}

}
