package io.github.etcdspring.benchmarks.load;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/**
 * Sorted latencies in nanoseconds.
 */
final class Latencies {

	private final long[] nanos;

	Latencies(Collection<Long> nanos) {
		this.nanos = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
	}

	int count() {
		return this.nanos.length;
	}

	double millis(double quantile) {
		return (this.nanos.length == 0) ? Double.NaN
				: this.nanos[(int) Math.min(this.nanos.length - 1, Math.floor(quantile * this.nanos.length))] / 1e6;
	}

	/**
	 * Return median, 99th percentile and maximum as table cells.
	 */
	String cells() {
		return String.format(Locale.ROOT, "%.2f ms | %.2f ms | %.2f ms", millis(0.5), millis(0.99), millis(1));
	}

	static double median(double... values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		return sorted[sorted.length / 2];
	}

}
