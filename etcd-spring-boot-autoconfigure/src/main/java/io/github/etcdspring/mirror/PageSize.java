package io.github.etcdspring.mirror;

/**
 * Number of keys that are read at once. Shrinks when an answer does not fit into a
 * message and grows again after a number of reads, as values may have become smaller, or
 * fewer. Not thread-safe.
 */
final class PageSize {

	/** Page sizes differ by this factor. */
	private static final int STEP = 4;

	/** So many reads succeed before a larger page is tried. */
	private static final int LEAST_BEFORE_GROWTH = 8;

	private static final int MOST_BEFORE_GROWTH = 1024;

	private final int most;

	private int keys;

	/** Whether an answer with several ranges was too large. */
	private boolean apart;

	/** Reads that succeeded since the last change. */
	private int successes;

	private int beforeGrowth = LEAST_BEFORE_GROWTH;

	private boolean grown;

	PageSize(int most) {
		this.most = most;
		this.keys = most;
	}

	/** How many keys of a range to read at once. */
	int keys() {
		return this.keys;
	}

	/** Whether to read each range on its own. */
	boolean isApart() {
		return this.apart;
	}

	/**
	 * Read less at once, as an answer was too large.
	 * @param together whether it was of several ranges
	 * @return {@code false} if it was as small as it can be
	 */
	boolean shrink(boolean together) {
		if (together) {
			this.apart = true;
		}
		else if (this.keys > 1) {
			this.keys = Math.max(1, this.keys / STEP);
		}
		else {
			return false;
		}
		if (this.grown) {
			// still too large: each refused answer costs etcd as much as an accepted one
			this.beforeGrowth = Math.min(this.beforeGrowth * 2, MOST_BEFORE_GROWTH);
		}
		this.grown = false;
		this.successes = 0;
		return true;
	}

	/** Note that a read has succeeded. */
	void succeeded() {
		boolean small = this.keys < this.most || this.apart;
		if (!small || ++this.successes < this.beforeGrowth) {
			return;
		}
		if (this.keys < this.most) {
			this.keys = (int) Math.min((long) this.keys * STEP, this.most);
		}
		else {
			this.apart = false;
		}
		this.grown = true;
		this.successes = 0;
	}

}
