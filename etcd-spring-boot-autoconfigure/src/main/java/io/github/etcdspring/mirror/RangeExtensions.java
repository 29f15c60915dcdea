package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Queue of requests to change the mirrored ranges. Any thread adds requests; the thread
 * of the mirror handles them.
 */
final class RangeExtensions {

	private final Queue<RangeExtension> requested = new ConcurrentLinkedQueue<>();

	/** Begun, but not delivered to the listener yet. */
	private final List<RangeExtension> begun = new ArrayList<>();

	/**
	 * Request a change of the mirrored ranges.
	 * @param ranges all ranges to mirror
	 * @param begin callback before the delivery to the listener
	 * @return the request
	 */
	RangeExtension request(List<KeyRange> ranges, Runnable begin) {
		RangeExtension extension = new RangeExtension(ranges, begin, new CountDownLatch(1));
		this.requested.add(extension);
		return extension;
	}

	boolean areRequested() {
		return !this.requested.isEmpty();
	}

	/**
	 * Begin all pending requests.
	 * @return the ranges of the last request, {@code null} if there is none
	 */
	@Nullable List<KeyRange> begin() {
		List<KeyRange> ranges = null;
		for (RangeExtension next = this.requested.poll(); next != null; next = this.requested.poll()) {
			this.begun.add(next);
			ranges = next.ranges();
		}
		return ranges;
	}

	/**
	 * Record that the ranges have been read.
	 * @return whether a delivery to the listener is required
	 */
	boolean read() {
		this.begun.forEach((extension) -> extension.begin().run());
		return !this.begun.isEmpty();
	}

	/** Record that the listener has received the entries. */
	void delivered() {
		this.begun.forEach((extension) -> extension.delivered().countDown());
		this.begun.clear();
	}

	/**
	 * A request to change the mirrored ranges.
	 *
	 * @param ranges all ranges
	 * @param begin callback before the delivery to the listener
	 * @param delivered released after the delivery to the listener
	 */
	record RangeExtension(List<KeyRange> ranges, Runnable begin, CountDownLatch delivered) {

		boolean awaitDelivered(Duration timeout) throws InterruptedException {
			return this.delivered.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}

	}

}
