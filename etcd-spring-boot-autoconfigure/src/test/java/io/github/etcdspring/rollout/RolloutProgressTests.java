package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.rollout.RolloutProgress.Advance;
import io.github.etcdspring.rollout.RolloutProgress.Delete;
import io.github.etcdspring.rollout.RolloutProgress.Stop;
import io.github.etcdspring.rollout.RolloutProgress.Wait;
import io.github.etcdspring.rollout.RolloutProgress.Write;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RolloutProgress}.
 */
class RolloutProgressTests {

	private static final Rollout ROLLOUT = Rollout.of("r1",
			RolloutPlan.of("jane", "", ConfigChange.put("/config/orders/size", "2"))
				.step(RolloutTarget.instances("one"), Duration.ofSeconds(10))
				.step(RolloutTarget.share(100), Duration.ofSeconds(20)),
			List.of(new Rollout.Change("/config/orders/size", "2", 7)));

	private final RolloutProgress progress = new RolloutProgress(RolloutProgress.ANSWER_TIMEOUT);

	private final List<FleetInstance> instances = new ArrayList<>(List.of(silent("one"), silent("two")));

	@Test
	void beginsTheFirstStepAtOnce() {
		assertThat(decide(ROLLOUT, 0)).isEqualTo(new Advance(1, Set.of("orders/one")));
	}

	@Test
	void beginsTheNextStepAfterAllTargetsHaveAppliedTheChangesForItsTime() {
		Rollout first = ROLLOUT.advancedTo(1, Set.of("orders/one"));
		assertThat(decide(first, 0)).isInstanceOf(Wait.class);
		answer("one", null);
		assertThat(decide(first, 5)).isEqualTo(new Wait(Duration.ofSeconds(10).toNanos()));
		assertThat(decide(first, 14)).isEqualTo(new Wait(Duration.ofSeconds(1).toNanos()));
		assertThat(decide(first, 15)).isEqualTo(new Advance(2, Set.of("orders/one", "orders/two")));
	}

	@Test
	void isWrittenAfterTheTimeOfTheLastStep() {
		Rollout last = ROLLOUT.advancedTo(2, Set.of("orders/one", "orders/two"));
		answer("one", null);
		assertThat(decide(last, 0)).isInstanceOf(Wait.class);
		answer("two", null);
		assertThat(decide(last, 3)).isInstanceOf(Wait.class);
		assertThat(decide(last, 23)).isEqualTo(new Write());
	}

	@Test
	void timeBeginsAnewForAnotherDriver() {
		Rollout last = ROLLOUT.advancedTo(2, Set.of("orders/one"));
		answer("one", null);
		assertThat(decide(last, 0)).isInstanceOf(Wait.class);
		assertThat(new RolloutProgress(RolloutProgress.ANSWER_TIMEOUT).decide(state(last),
				Duration.ofSeconds(100).toNanos()))
			.isEqualTo(new Wait(Duration.ofSeconds(20).toNanos()));
	}

	@Test
	void stopsIfATargetDoesNotAnswerInTime() {
		Rollout first = ROLLOUT.advancedTo(1, Set.of("orders/one"));
		assertThat(decide(first, 0)).isInstanceOf(Wait.class);
		assertThat(decide(first, 30)).isEqualTo(new Stop("no answer from orders/one within 30 s"));
	}

	@Test
	void stopsIfATargetObjectsOrEnds() {
		Rollout first = ROLLOUT.advancedTo(1, Set.of("orders/one"));
		answer("two", "not a target");
		assertThat(decide(first, 0)).isInstanceOf(Wait.class);
		answer("one", "no number");
		assertThat(decide(first, 1)).isEqualTo(new Stop("instance orders/one objects: no number"));
		this.instances.remove(0);
		assertThat(decide(first, 2)).isEqualTo(new Stop("instance orders/one has ended"));
	}

	@Test
	void reasonOfTheEndCanBeReadForASecond() {
		Rollout stopped = ROLLOUT.stoppedFor("odd");
		assertThat(decide(stopped, 100)).isEqualTo(new Wait(Duration.ofSeconds(1).toNanos()));
		assertThat(decide(stopped, 101)).isEqualTo(new Delete());
	}

	@Test
	void stopsIfAPartIsMissing() {
		assertThat(this.progress.decide(new RolloutState(1, Map.of(), null, false, null, Map.of()), 0))
			.isEqualTo(new Stop("a part of the rollout is missing"));
		RolloutState stopped = new RolloutState(2, Map.of(), null, true, null, Map.of());
		assertThat(this.progress.decide(stopped, 0)).isInstanceOf(Wait.class);
		assertThat(this.progress.decide(stopped, Duration.ofSeconds(1).toNanos())).isEqualTo(new Delete());
	}

	@Test
	void stopsIfAStepHasNoTarget() {
		this.instances.clear();
		assertThat(decide(ROLLOUT, 0)).isEqualTo(new Stop("no live instance is a target of step 1"));
	}

	private RolloutProgress.Decision decide(Rollout rollout, int second) {
		return this.progress.decide(state(rollout), Duration.ofSeconds(second).toNanos());
	}

	private RolloutState state(Rollout rollout) {
		Map<String, FleetInstance> byName = new HashMap<>();
		this.instances.forEach((instance) -> byName.put(Rollout.name(instance), instance));
		Map<ByteSequence, KeyValue> parts = new HashMap<>();
		rollout.keys()
			.forEach((key) -> parts.put(key, new KeyValue(io.etcd.jetcd.api.KeyValue.getDefaultInstance(), key)));
		return new RolloutState(1, parts, rollout, rollout.stopped() != null, null, byName);
	}

	private static FleetInstance silent(String id) {
		return instance(id, List.of());
	}

	private static FleetInstance instance(String id, List<ChangeAnswer> answers) {
		return new FleetInstance("orders", id, null, null, List.of("/config/orders/"), 1, 1, null, answers);
	}

	private void answer(String id, String reason) {
		this.instances.replaceAll((instance) -> (instance.instance().equals(id))
				? instance(id, List.of(new ChangeAnswer("r1", null, reason))) : instance);
	}

}
