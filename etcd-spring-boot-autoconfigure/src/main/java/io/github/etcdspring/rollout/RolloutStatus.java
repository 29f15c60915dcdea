package io.github.etcdspring.rollout;

import java.util.List;

/**
 * Description of a rollout that has not ended. It contains no values of properties.
 *
 * @param id id of the rollout
 * @param author who has started it
 * @param comment why
 * @param keys the changed keys
 * @param step number of the current step, 0 before the first one
 * @param steps number of all steps
 * @param targets the instances that apply the changes, as {@code service/instance}
 * @since 0.1.0
 */
public record RolloutStatus(String id, String author, String comment, List<String> keys, int step, int steps,
		List<String> targets) {

	public RolloutStatus {
		keys = List.copyOf(keys);
		targets = List.copyOf(targets);
	}

}
