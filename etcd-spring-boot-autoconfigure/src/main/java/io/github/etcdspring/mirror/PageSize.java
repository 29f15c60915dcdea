package io.github.etcdspring.mirror;

/**
 * Number of keys per request. Shrinks when an answer exceeds the message size, and grows
 * again after a number of successful reads, as values may have become smaller or fewer.
 * Not thread-safe.
 */
final class PageSize {

	/** Factor by which the page size shrinks and grows. */
	private static final int STEP = 4;

	/** Number of successful reads before a larger page is tried. */
	private static final int MIN_READS_BEFORE_GROWTH = 8;

	private static final int MAX_READS_BEFORE_GROWTH = 1024;

	private final int max;

	private int keys;

	/** Whether each range is read on its own, as a common answer was too large. */
	private boolean perRange;

	/** Reads that succeeded since the last change. */
	private int successes;

	private int readsBeforeGrowth = MIN_READS_BEFORE_GROWTH;

	private boolean grown;

	PageSize(int max) {
		this.max = max;
		this.keys = max;
	}

	/** Return the number of keys of a range to read at once. */
	int keys() {
		return this.keys;
	}

	/** Whether to read each range on its own. */
	boolean isPerRange() {
		return this.perRange;
	}

	/**
	 * Reduce the page size after an answer that was too large.
	 * @param together whether it was an answer for several ranges
	 * @return {@code false} if the page size is minimal already
	 */
	boolean shrink(boolean together) {
		if (together) {
			this.perRange = true;
		}
		else if (this.keys > 1) {
			this.keys = Math.max(1, this.keys / STEP);
		}
		else {
			return false;
		}
		if (this.grown) {
			// still too large: each refused answer costs etcd as much as an accepted one
			this.readsBeforeGrowth = Math.min(this.readsBeforeGrowth * 2, MAX_READS_BEFORE_GROWTH);
		}
		this.grown = false;
		this.successes = 0;
		return true;
	}

	/** Record a successful read. */
	void succeeded() {
		boolean small = this.keys < this.max || this.perRange;
		if (!small || ++this.successes < this.readsBeforeGrowth) {
			return;
		}
		if (this.keys < this.max) {
			this.keys = (int) Math.min((long) this.keys * STEP, this.max);
		}
		else {
			this.perRange = false;
		}
		this.grown = true;
		this.successes = 0;
	}

}
