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
 * Requests to mirror other ranges, which any thread makes and that of the mirror carries
 * out.
 */
final class Extensions {

	private final Queue<Extension> requested = new ConcurrentLinkedQueue<>();

	/** Carried out, of which the listener does not know yet. */
	private final List<Extension> begun = new ArrayList<>();

	/**
	 * Request to mirror other ranges.
	 * @param ranges all ranges to mirror
	 * @param begin run before the listener is told
	 * @return the request
	 */
	Extension request(List<KeyRange> ranges, Runnable begin) {
		Extension extension = new Extension(ranges, begin, new CountDownLatch(1));
		this.requested.add(extension);
		return extension;
	}

	boolean areRequested() {
		return !this.requested.isEmpty();
	}

	/**
	 * Begin with all requests so far.
	 * @return the ranges of the last of them, {@code null} if there are none
	 */
	@Nullable List<KeyRange> begin() {
		List<KeyRange> ranges = null;
		for (Extension next = this.requested.poll(); next != null; next = this.requested.poll()) {
			this.begun.add(next);
			ranges = next.ranges();
		}
		return ranges;
	}

	/**
	 * Note that the ranges have been read.
	 * @return whether the listener is to be told
	 */
	boolean read() {
		this.begun.forEach((extension) -> extension.begin().run());
		return !this.begun.isEmpty();
	}

	/** Note that the listener has been told. */
	void told() {
		this.begun.forEach((extension) -> extension.told().countDown());
		this.begun.clear();
	}

	/**
	 * Other ranges to mirror.
	 *
	 * @param ranges all ranges
	 * @param begin run before the listener is told
	 * @param told released after the listener has been told
	 */
	record Extension(List<KeyRange> ranges, Runnable begin, CountDownLatch told) {

		boolean awaitTold(Duration timeout) throws InterruptedException {
			return this.told.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}

	}

}
