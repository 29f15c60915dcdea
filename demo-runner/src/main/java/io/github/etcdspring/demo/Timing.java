package io.github.etcdspring.demo;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Time as {@link System#nanoTime()} counts it, and waits that end.
 */
final class Timing {

	private static final long INTERVAL_MILLIS = 10;

	private Timing() {
	}

	static double seconds(long nanos) {
		return (double) nanos / TimeUnit.SECONDS.toNanos(1);
	}

	static long millis(long nanos) {
		return TimeUnit.NANOSECONDS.toMillis(nanos);
	}

	/**
	 * Wait until the condition holds.
	 * @param condition what to wait for
	 * @param limit how long to wait
	 * @return whether it holds
	 * @throws InterruptedException if the thread is interrupted
	 */
	static boolean await(Condition condition, Duration limit) throws InterruptedException {
		long end = System.nanoTime() + limit.toNanos();
		while (!condition.holds()) {
			if (System.nanoTime() - end > 0) {
				return false;
			}
			Thread.sleep(INTERVAL_MILLIS);
		}
		return true;
	}

	/**
	 * What a wait is for.
	 */
	@FunctionalInterface
	interface Condition {

		boolean holds() throws InterruptedException;

	}

}
