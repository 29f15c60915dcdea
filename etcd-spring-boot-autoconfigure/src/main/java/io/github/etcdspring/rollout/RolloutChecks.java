package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.config.Rollouts;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;

/**
 * Checks every second whether this instance is well with the changes of the rollouts that
 * it applies, and asks for the end of a rollout if it is not. Its thread exists only
 * while there is a rollout.
 */
final class RolloutChecks implements DisposableBean {

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private final Rollouts rollouts;

	private final List<Condition> conditions;

	private final SingleThreadTimer timer;

	/** What the conditions remember of each rollout; confined to the timer. */
	private final Map<String, Map<String, Double>> baselines = new HashMap<>();

	/**
	 * Create the checks.
	 * @param rollouts the rollouts of the imported keys
	 * @param conditions what to check
	 */
	RolloutChecks(Rollouts rollouts, List<Condition> conditions) {
		this.rollouts = rollouts;
		this.conditions = List.copyOf(conditions);
		this.timer = new SingleThreadTimer("etcd-rollout-checks-", INTERVAL.multipliedBy(2));
		rollouts.addListener(this::schedule);
	}

	private synchronized void schedule() {
		if (this.timer.getQueue().isEmpty() && !this.rollouts.entries().isEmpty()) {
			this.timer.schedule(this::check, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void check() {
		try {
			Set<String> applied = this.rollouts.applied();
			this.baselines.keySet().retainAll(applied);
			Set<String> checked = new HashSet<>();
			for (KeyValue entry : this.rollouts.entries().values()) {
				Rollout rollout = Rollout.read(entry.getValue());
				if (rollout != null && applied.contains(rollout.id()) && checked.add(rollout.id())) {
					checkWith(rollout);
				}
			}
		}
		finally {
			schedule();
		}
	}

	private void checkWith(Rollout rollout) {
		Map<String, Double> baseline = this.baselines.computeIfAbsent(rollout.id(), (id) -> new HashMap<>());
		for (Condition condition : this.conditions) {
			String violation = condition.violation(rollout.checks(), baseline);
			if (violation != null) {
				this.rollouts.object(rollout.id(), violation);
				return;
			}
		}
	}

	@Override
	public void destroy() {
		this.timer.shutdownNow();
	}

	/**
	 * Something that can be checked.
	 */
	@FunctionalInterface
	interface Condition {

		/**
		 * Check an instance with the changes of a rollout.
		 * @param checks the checks of the rollout
		 * @param baseline what to remember from the first check on
		 * @return what is wrong, {@code null} if nothing is
		 */
		@Nullable String violation(List<RolloutCheck> checks, Map<String, Double> baseline);

	}

}
