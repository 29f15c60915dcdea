package io.github.etcdspring.demo;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Conversions of {@link System#nanoTime()} and waits with a timeout.
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
	 * Wait until a condition holds or the timeout is over.
	 * @param condition the condition
	 * @param limit the timeout
	 * @return whether the condition holds
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
	 * A condition to wait for.
	 */
	@FunctionalInterface
	interface Condition {

		boolean holds() throws InterruptedException;

	}

}
