package io.github.etcdspring.console;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;

import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutStatus;
import io.github.etcdspring.rollout.RolloutTarget;
import jakarta.servlet.ServletException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.util.Assert;

/**
 * Rollouts of configuration.
 */
final class RolloutsApi implements Api {

	private final ContentMirror mirror;

	private final ConsoleKeys keys;

	private final EtcdRolloutOperations rollouts;

	RolloutsApi(ContentMirror mirror, ConsoleKeys keys, EtcdRolloutOperations rollouts) {
		this.mirror = mirror;
		this.keys = keys;
		this.rollouts = rollouts;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "rollouts", Role.VIEWER, this::list);
		routes.add(HttpMethod.POST, "rollouts", Role.OPERATOR, this::start);
		routes.add(HttpMethod.DELETE, "rollouts", Role.OPERATOR, this::stop);
	}

	private Items list(Call call) throws InterruptedException {
		return new Items(this.mirror.content(Topic.ROLLOUTS)
			.rollouts()
			.stream()
			.filter((status) -> !status.keys().isEmpty())
			.map(Item::of)
			.sorted(Comparator.comparing(Item::key))
			.toList());
	}

	private Started start(Call call) throws ServletException, IOException {
		RolloutRequest request = call.body(RolloutRequest.class);
		RolloutPlan plan = RolloutPlan.of(call.user().name(), Objects.requireNonNullElse(request.comment(), ""),
				ChangeRequest.toChanges(request.changes(), this.keys));
		for (Step step : elements(request.steps())) {
			plan = plan.step(step.target(), Duration.ofSeconds(step.watchSeconds()));
		}
		for (String group : elements(request.stopIfDown())) {
			plan = plan.stopIfDown(group);
		}
		for (Meter meter : elements(request.stopIfMeterAbove())) {
			plan = plan.stopIfMeterAbove(Objects.requireNonNullElse(meter.name(), ""), meter.max());
		}
		return new Started(this.rollouts.start(plan).id());
	}

	private static <T> List<T> elements(@Nullable List<T> list) {
		if (list == null) {
			return List.of();
		}
		Assert.noNullElements(list, "A list must not contain null");
		return list;
	}

	private Stopped stop(Call call) {
		String key = this.keys.requireKey(call.requiredParam("key"));
		ConfigRollout rollout = this.rollouts.find(key);
		if (rollout == null) {
			throw new NoSuchElementException("There is no rollout in the directory of " + key);
		}
		return new Stopped(rollout.stop(call.param("reason", "Stopped by " + call.user().name())).state());
	}

	/**
	 * Rollouts.
	 *
	 * @param items the rollouts
	 */
	private record Items(List<Item> items) {

	}

	/**
	 * A rollout.
	 *
	 * @param id its id
	 * @param author who has started it
	 * @param comment why
	 * @param keys the changed keys
	 * @param step number of the current step
	 * @param steps number of all steps
	 * @param targets the instances that apply the changes
	 * @param key the first of the keys, by which it is stopped
	 */
	private record Item(String id, String author, String comment, List<String> keys, int step, int steps,
			List<String> targets, String key) {

		static Item of(RolloutStatus status) {
			return new Item(status.id(), status.author(), status.comment(), status.keys(), status.step(),
					status.steps(), status.targets(), status.keys().get(0));
		}

	}

	/**
	 * Request to start a rollout.
	 *
	 * @param comment why
	 * @param changes the changes
	 * @param steps the steps
	 * @param stopIfDown health groups that must not be down
	 * @param stopIfMeterAbove meters that must not be above a value
	 */
	record RolloutRequest(@Nullable String comment, @Nullable List<ChangeRequest.@Nullable Change> changes,
			@Nullable List<Step> steps, @Nullable List<String> stopIfDown, @Nullable List<Meter> stopIfMeterAbove) {

		/** Omit the values, which may be secrets. */
		@Override
		public String toString() {
			return "RolloutRequest";
		}

	}

	/**
	 * Step of a rollout.
	 *
	 * @param share share of the instances in percent, {@code null} for all
	 * @param zone zone of the instances, {@code null} for all
	 * @param version version of the instances, {@code null} for all
	 * @param instances ids of the instances, {@code null} for all
	 * @param watchSeconds how long to watch them before the next step
	 */
	record Step(@Nullable Integer share, @Nullable String zone, @Nullable String version,
			@Nullable List<String> instances, long watchSeconds) {

		RolloutTarget target() {
			return new RolloutTarget(Objects.requireNonNullElse(this.share, 100), set(this.zone), set(this.version),
					Set.copyOf(elements(this.instances)));
		}

		private static Set<String> set(@Nullable String text) {
			return (text != null && !text.isBlank()) ? Set.of(text.strip()) : Set.of();
		}

	}

	/**
	 * Largest permitted value of a meter.
	 *
	 * @param name name of the meter
	 * @param max the value
	 */
	record Meter(@Nullable String name, double max) {

	}

	/**
	 * A started rollout.
	 *
	 * @param id its id
	 */
	private record Started(String id) {

	}

	/**
	 * A stopped rollout.
	 *
	 * @param state its state
	 */
	private record Stopped(RolloutOutcome.State state) {

	}

}
