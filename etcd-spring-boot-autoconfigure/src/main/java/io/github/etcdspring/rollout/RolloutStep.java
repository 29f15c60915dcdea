package io.github.etcdspring.rollout;

import java.time.Duration;

import org.springframework.util.Assert;

/**
 * Step of a rollout.
 *
 * @param target the instances that apply the changes from this step on
 * @param watch how long the changes are in use on all of them before the next step, not
 * negative
 * @since 0.1.0
 */
public record RolloutStep(RolloutTarget target, Duration watch) {

	public RolloutStep {
		Assert.notNull(target, "'target' must not be null");
		Assert.isTrue(!watch.isNegative(), "'watch' must not be negative");
	}

}
