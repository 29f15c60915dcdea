package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A bounded wait for something that nobody announces.
 */
final class Poll {

	private static final long INTERVAL_MILLIS = 50;

	private Poll() {
	}

	/**
	 * Waits until the condition holds.
	 * @param condition what to wait for
	 * @param limit how long to wait
	 * @return whether it holds
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
