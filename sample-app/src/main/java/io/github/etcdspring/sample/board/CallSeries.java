package io.github.etcdspring.sample.board;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Calls of an instance, counted per second.
 */
final class CallSeries {

	static final int SECONDS = 60;

	/** One more, for the current second. */
	private static final int SLOTS = SECONDS + 1;

	private final int[] answered = new int[SLOTS];

	private final int[] failed = new int[SLOTS];

	private long newest = Long.MIN_VALUE;

	synchronized void add(long second, boolean isAnswered) {
		advance(second);
		int[] counts = (isAnswered) ? this.answered : this.failed;
		counts[slot(second)]++;
	}

	/**
	 * Return the counts of the minute before the current second.
	 * @param second the current second
	 * @return the counts, {@code null} if there was no call in that minute
	 */
	synchronized @Nullable Minute before(long second) {
		if (this.newest < second - SECONDS) {
			return null;
		}
		long last = this.newest;
		int[] answeredBefore = new int[SECONDS];
		int[] failedBefore = new int[SECONDS];
		for (int i = 0; i < SECONDS; i++) {
			long then = second - SECONDS + i;
			if (then <= last && then > last - SLOTS) {
				answeredBefore[i] = this.answered[slot(then)];
				failedBefore[i] = this.failed[slot(then)];
			}
		}
		return new Minute(answeredBefore, failedBefore);
	}

	private void advance(long second) {
		if (this.newest == Long.MIN_VALUE || second - this.newest >= SLOTS) {
			Arrays.fill(this.answered, 0);
			Arrays.fill(this.failed, 0);
		}
		else {
			for (long fresh = this.newest + 1; fresh <= second; fresh++) {
				this.answered[slot(fresh)] = 0;
				this.failed[slot(fresh)] = 0;
			}
		}
		this.newest = Math.max(this.newest, second);
	}

	private static int slot(long second) {
		return Math.floorMod(second, SLOTS);
	}

	/**
	 * Counts of a minute, per second.
	 *
	 * @param answered calls that succeeded
	 * @param failed calls that failed
	 */
	record Minute(int[] answered, int[] failed) {

	}

}
