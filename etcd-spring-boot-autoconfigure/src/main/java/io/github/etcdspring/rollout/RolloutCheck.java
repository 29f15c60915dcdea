package io.github.etcdspring.rollout;

import org.jspecify.annotations.Nullable;

/**
 * Condition that each instance with the changes checks every second. If it is violated,
 * the rollout ends.
 *
 * @param healthGroup health group that must not be down, {@code null} for another check
 * @param meter name of a meter, {@code null} for another check
 * @param max largest permitted value of the meter
 */
record RolloutCheck(@Nullable String healthGroup, @Nullable String meter, double max) {

	static RolloutCheck health(String group) {
		return new RolloutCheck(group, null, 0);
	}

	static RolloutCheck meter(String name, double max) {
		return new RolloutCheck(null, name, max);
	}

}
