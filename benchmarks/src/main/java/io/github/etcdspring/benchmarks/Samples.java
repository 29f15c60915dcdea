package io.github.etcdspring.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/**
 * Measured times and their quantiles.
 */
final class Samples {

	private final long[] nanos;

	private int count;

	Samples(int capacity) {
		this.nanos = new long[capacity];
	}

	void add(long sample) {
		this.nanos[this.count++] = sample;
	}

	double medianMillis() {
		return quantile(0.5);
	}

	double maxMillis() {
		return quantile(1);
	}

	private double quantile(double quantile) {
		long[] sorted = Arrays.copyOf(this.nanos, this.count);
		Arrays.sort(sorted);
		return sorted[(int) Math.min(this.count - 1, Math.floor(quantile * this.count))] / 1e6;
	}

	/**
	 * Return a row of a table.
	 * @param name label of the row
	 * @param floor samples to compare with
	 * @return median, 99th percentile, maximum, and the ratio of the medians
	 */
	String row(String name, Samples floor) {
		return String.format(Locale.ROOT, "| %s | %.2f ms | %.2f ms | %.2f ms | %.2f |", name, medianMillis(),
				quantile(0.99), quantile(1), medianMillis() / floor.medianMillis());
	}

}
