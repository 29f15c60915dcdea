package io.github.etcdspring.cli;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutStep;

/**
 * Write that some instances apply first.
 *
 * @param rollouts starts the rollout
 * @param steps its steps, at least one
 * @param author who rolls out the changes
 * @param comment why
 * @param console receives the result
 */
record RolledOutWrite(EtcdRolloutOperations rollouts, List<RolloutStep> steps, String author, String comment,
		Console console) {

	/** For the answers of the instances in each step. */
	private static final Duration TIME_FOR_STEP = Duration.ofMinutes(1);

	RolledOutWrite {
		steps = List.copyOf(steps);
	}

	/**
	 * Roll out the changes, and wait for the end. A rollout that has not ended in time is
	 * stopped, as this process does not drive it any longer.
	 * @param changes the changes
	 * @return the exit code
	 */
	int write(ConfigChange... changes) {
		RolloutPlan plan = RolloutPlan.of(this.author, this.comment, changes);
		Duration limit = TIME_FOR_STEP;
		for (RolloutStep step : this.steps) {
			plan = plan.step(step.target(), step.watch());
			limit = limit.plus(step.watch()).plus(TIME_FOR_STEP);
		}
		ConfigRollout rollout = this.rollouts.start(plan);
		this.console.result("rollout " + rollout.id() + " started");
		this.console.flush();
		RolloutOutcome outcome = rollout.await(limit);
		if (outcome.state() == State.RUNNING) {
			outcome = rollout.stop("not ended within " + limit);
		}
		boolean written = outcome.state() == State.WRITTEN;
		this.console.result((written) ? "written" : "stopped: " + outcome.reason());
		if (!written) {
			this.console.message("Nothing was written: the rollout was stopped");
		}
		return (written) ? ExitCode.OK : ExitCode.REJECTED;
	}

}
