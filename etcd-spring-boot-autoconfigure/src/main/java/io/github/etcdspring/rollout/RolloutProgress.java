package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fleet.FleetInstance;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a rollout goes on, from its state and the time that this driver has seen
 * it. A driver that takes over restarts the time of the step, as clocks may differ. Not
 * thread-safe.
 */
final class RolloutProgress {

	/** Instances publish their answer within about a second. */
	static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

	/** How long the reason of the end can be read before the keys are deleted. */
	static final Duration STOPPED_TIME = Duration.ofSeconds(1);

	private final Duration answerTimeout;

	private int step = -1;

	private long stepSince;

	private boolean applied;

	private long appliedSince;

	private boolean stopped;

	private long stoppedSince;

	/**
	 * Create the progress that a driver begins with.
	 * @param answerTimeout how long to wait until an instance has applied the changes
	 */
	RolloutProgress(Duration answerTimeout) {
		this.answerTimeout = answerTimeout;
	}

	/**
	 * Decide what to do.
	 * @param state the current state, with at least one part of the rollout
	 * @param now the time of a monotonic clock in nanoseconds
	 * @return the decision
	 */
	Decision decide(RolloutState state, long now) {
		Rollout rollout = state.rollout();
		if (state.stopped()) {
			if (!this.stopped) {
				this.stopped = true;
				this.stoppedSince = now;
			}
			long left = STOPPED_TIME.toNanos() - (now - this.stoppedSince);
			return (left > 0) ? new Wait(left) : new Delete();
		}
		if (rollout == null) {
			return new Stop("a part of the rollout is missing");
		}
		if (rollout.step() != this.step) {
			this.step = rollout.step();
			this.stepSince = now;
			this.applied = false;
		}
		for (String target : rollout.targets().stream().sorted().toList()) {
			FleetInstance instance = state.instances().get(target);
			if (instance == null) {
				return new Stop("instance " + target + " has ended");
			}
			ChangeAnswer answer = instance.answer(rollout.id());
			if (answer != null && answer.reason() != null) {
				return new Stop("instance " + target + " objects: " + answer.reason());
			}
		}
		List<String> unanswered = rollout.targets()
			.stream()
			.filter((target) -> hasNotAnswered(state.instances().get(target), rollout.id()))
			.sorted()
			.toList();
		if (!unanswered.isEmpty()) {
			this.applied = false;
			long left = this.answerTimeout.toNanos() - (now - this.stepSince);
			return (left > 0) ? new Wait(left) : new Stop("no answer from " + String.join(", ", unanswered) + " within "
					+ this.answerTimeout.toSeconds() + " s");
		}
		if (!this.applied) {
			this.applied = true;
			this.appliedSince = now;
		}
		return next(rollout, state, now);
	}

	private static boolean hasNotAnswered(@Nullable FleetInstance instance, String id) {
		return instance == null || instance.answer(id) == null;
	}

	private Decision next(Rollout rollout, RolloutState state, long now) {
		if (rollout.step() > 0) {
			long left = rollout.steps().get(rollout.step() - 1).watch().toNanos() - (now - this.appliedSince);
			if (left > 0) {
				return new Wait(left);
			}
		}
		if (rollout.step() == rollout.steps().size()) {
			return new Write();
		}
		Set<String> targets = new LinkedHashSet<>(rollout.targets());
		rollout.steps()
			.get(rollout.step())
			.target()
			.select(state.instances().values())
			.forEach((instance) -> targets.add(Rollout.name(instance)));
		if (targets.isEmpty()) {
			return new Stop("no live instance is a target of step " + (rollout.step() + 1));
		}
		return new Advance(rollout.step() + 1, targets);
	}

	/**
	 * What to do next.
	 */
	sealed interface Decision {

	}

	/**
	 * Wait for a change of the state.
	 *
	 * @param nanos how long at most, in nanoseconds
	 */
	record Wait(long nanos) implements Decision {

	}

	/**
	 * Begin a step.
	 *
	 * @param step number of the step
	 * @param targets the instances that apply the changes
	 */
	record Advance(int step, Set<String> targets) implements Decision {

	}

	/**
	 * Write the changes for all.
	 */
	record Write() implements Decision {

	}

	/**
	 * End the rollout on all instances.
	 *
	 * @param reason why
	 */
	record Stop(String reason) implements Decision {

	}

	/**
	 * Delete the keys of a stopped rollout.
	 */
	record Delete() implements Decision {

	}

}
