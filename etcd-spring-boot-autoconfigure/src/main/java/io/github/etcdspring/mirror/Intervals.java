package io.github.etcdspring.mirror;

import java.time.Duration;

/**
 * Intervals at which a mirror checks its watch.
 *
 * @param silence after which the server is asked for its progress
 * @param answer how long that may take
 * @param reconcile how often a thousand keys are listed to be on the safe side, give or
 * take a fifth
 * @param permission how often ranges that may not be read are tried again, give or take a
 * fifth. A constant, as a refused read is cheap and an operator waits for it
 */
record Intervals(Duration silence, Duration answer, Duration reconcile, Duration permission) {

	static final Intervals DEFAULT = new Intervals(Duration.ofSeconds(5), Duration.ofSeconds(3), Duration.ofMinutes(10),
			Duration.ofSeconds(5));

	private static final int MANY = 1000;

	/**
	 * How often so many keys are listed. Where each of many applications lists what all
	 * of them have put, the cost would otherwise grow with the square of their number.
	 * @param entries how many there are
	 * @return the interval, for each thousand of them where there are more
	 */
	Duration reconcile(int entries) {
		return this.reconcile.multipliedBy(Math.max(1, entries / MANY));
	}

}
