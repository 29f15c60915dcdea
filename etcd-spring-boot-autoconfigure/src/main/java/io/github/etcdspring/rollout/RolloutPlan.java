package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.operations.ConfigChange;

import org.springframework.util.Assert;

/**
 * Immutable plan of a rollout: which changes, on which instances first, and for how long.
 *
 * <pre class="code">
 * RolloutPlan.of("jane", "Larger cache", ConfigChange.put("/config/orders/cache/size", "200"))
 *     .step(RolloutTarget.share(10), Duration.ofMinutes(5))
 *     .step(RolloutTarget.share(50), Duration.ofMinutes(10))
 *     .stopIfMeterAbove("orders.failed", 5);
 * </pre>
 *
 * @since 0.1.0
 */
public final class RolloutPlan {

	private final String author;

	private final String comment;

	private final List<ConfigChange> changes;

	private final List<RolloutStep> steps;

	private final List<RolloutCheck> checks;

	private RolloutPlan(String author, String comment, List<ConfigChange> changes, List<RolloutStep> steps,
			List<RolloutCheck> checks) {
		this.author = author;
		this.comment = comment;
		this.changes = List.copyOf(changes);
		this.steps = List.copyOf(steps);
		this.checks = List.copyOf(checks);
	}

	/**
	 * Create a plan without steps, to which at least one is added.
	 * @param author who rolls out the changes, not empty
	 * @param comment why, possibly empty
	 * @param changes the changes, at least one. Those without an expected revision expect
	 * the current one
	 * @return the plan
	 * @throws IllegalArgumentException if there is no author or no change, or two changes
	 * for the same key
	 */
	public static RolloutPlan of(String author, String comment, ConfigChange... changes) {
		Assert.hasText(author, "'author' must not be empty");
		Assert.notNull(comment, "'comment' must not be null");
		Assert.notEmpty(changes, "'changes' must not be empty");
		Set<String> keys = new HashSet<>();
		Arrays.stream(changes)
			.forEach((change) -> Assert.isTrue(keys.add(change.key()),
					() -> "Duplicate change for key " + change.key()));
		return new RolloutPlan(author, comment, List.of(changes), List.of(), List.of());
	}

	/**
	 * Add a step. The instances of earlier steps keep the changes. After the last step,
	 * the changes are written for all.
	 * @param target the further instances
	 * @param watch how long the changes are in use on all of them before the next step
	 * @return the extended plan
	 */
	public RolloutPlan step(RolloutTarget target, Duration watch) {
		return new RolloutPlan(this.author, this.comment, this.changes,
				with(this.steps, new RolloutStep(target, watch)), this.checks);
	}

	/**
	 * Stop if a health group is down on an instance with the changes. The health of the
	 * application as a whole is always checked. Requires Spring Boot Actuator in the
	 * application.
	 * @param group name of the group, such as {@code readiness}
	 * @return the extended plan
	 */
	public RolloutPlan stopIfDown(String group) {
		Assert.hasText(group, "'group' must not be empty");
		return with(RolloutCheck.health(group));
	}

	/**
	 * Stop if a meter is above a value on an instance with the changes: the value of a
	 * gauge, the increase of a counter since the instance has applied the changes, or the
	 * maximum of a timer (in seconds) or distribution summary. Several meters with the
	 * name and different tags are added up, of maxima the largest counts. Requires
	 * Micrometer in the application; a meter that does not exist is not above the value.
	 * @param name name of the meter
	 * @param max the largest permitted value
	 * @return the extended plan
	 */
	public RolloutPlan stopIfMeterAbove(String name, double max) {
		Assert.hasText(name, "'name' must not be empty");
		return with(RolloutCheck.meter(name, max));
	}

	private RolloutPlan with(RolloutCheck check) {
		return new RolloutPlan(this.author, this.comment, this.changes, this.steps, with(this.checks, check));
	}

	private static <T> List<T> with(List<T> list, T added) {
		List<T> next = new ArrayList<>(list);
		next.add(added);
		return next;
	}

	String author() {
		return this.author;
	}

	String comment() {
		return this.comment;
	}

	List<ConfigChange> changes() {
		return this.changes;
	}

	List<RolloutStep> steps() {
		return this.steps;
	}

	List<RolloutCheck> checks() {
		return this.checks;
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return "RolloutPlan[author=" + this.author + ", changes=" + this.changes + ", steps=" + this.steps + "]";
	}

}
