package io.github.etcdspring.mirror;

import java.time.Duration;

/**
 * How a mirror makes sure of its watch.
 *
 * @param silence after which the server is asked for a sign of life
 * @param answer how long that may take
 * @param reconcile how often a thousand keys are listed to be on the safe side, give or
 * take a fifth
 */
record Intervals(Duration silence, Duration answer, Duration reconcile) {

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
