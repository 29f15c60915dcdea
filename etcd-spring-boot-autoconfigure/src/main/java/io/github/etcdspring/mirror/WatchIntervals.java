package io.github.etcdspring.mirror;

import java.time.Duration;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Intervals at which a mirror checks its watch and its permissions.
 *
 * @param idleTime time without a message after which progress is requested
 * @param progressTimeout timeout of the progress request
 * @param reconciliation interval between lists that verify the watch, for up to a
 * thousand keys, with a jitter of 20 %
 * @param permissionRetry interval between checks of forbidden ranges, with a jitter of 20
 * %
 * @param maxPermissionRetry limit of that interval, which doubles with each check while
 * no range is permitted. Usually the same, as a refused read is cheap and an operator
 * waits for the result
 */
record WatchIntervals(Duration idleTime, Duration progressTimeout, Duration reconciliation, Duration permissionRetry,
		Duration maxPermissionRetry) {

	static final WatchIntervals DEFAULT = new WatchIntervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofSeconds(5));

	/** For keys that a user need not be permitted to read. */
	static final WatchIntervals OPTIONAL = new WatchIntervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofMinutes(4));

	private static final int KEYS_PER_INTERVAL = 1000;

	/**
	 * Return the back-off between checks while no range is permitted.
	 * @return a new execution of the back-off, without jitter and without limit
	 */
	BackOffExecution permissionBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(this.permissionRetry.toMillis(), 2);
		backOff.setMaxInterval(this.maxPermissionRetry.toMillis());
		return backOff.start();
	}

	/**
	 * Return the interval between lists for a number of keys. It grows with each thousand
	 * keys; otherwise, the total cost would grow with the square of the number of
	 * instances, each of which lists all of them.
	 * @param entries the number of keys
	 * @return the interval
	 */
	Duration reconciliation(int entries) {
		return this.reconciliation.multipliedBy(Math.max(1, entries / KEYS_PER_INTERVAL));
	}

}
