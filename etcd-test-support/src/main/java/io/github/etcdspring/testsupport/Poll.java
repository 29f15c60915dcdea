package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Polls a condition with a timeout.
 */
final class Poll {

	private static final long INTERVAL_MILLIS = 50;

	private Poll() {
	}

	/**
	 * Waits until the condition holds.
	 * @param condition the condition
	 * @param limit the timeout
	 * @return whether the condition holds
	 */
	static boolean until(BooleanSupplier condition, Duration limit) {
		long end = System.nanoTime() + limit.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - end > 0 || !pause()) {
				return false;
			}
		}
		return true;
	}

	private static boolean pause() {
		try {
			Thread.sleep(INTERVAL_MILLIS);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
