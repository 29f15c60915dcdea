package io.github.etcdspring.randomized;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Plan}.
 */
class PlanTests {

	private static final int ROUNDS = 500;

	@Test
	void sameSeedGeneratesTheSamePlan() {
		assertThat(rounds(1)).isEqualTo(rounds(1)).isNotEqualTo(rounds(2));
	}

	@Test
	void generatesEveryFaultAndChange() {
		Set<Fault> faults = EnumSet.noneOf(Fault.class);
		Set<Action> changes = EnumSet.noneOf(Action.class);
		for (Round round : rounds(1)) {
			faults.add(round.fault());
			round.after().forEach((turn) -> changes.add(turn.action()));
		}
		assertThat(faults).containsExactlyInAnyOrder(Fault.values());
		assertThat(changes).containsExactlyInAnyOrder(Action.values());
	}

	@Test
	void usesEtcdOnlyWhileItIsAvailable() {
		for (Round round : rounds(1)) {
			if (!round.fault().etcdStaysAvailable()) {
				assertThat(round.during()).noneMatch((turn) -> turn.action().needsEtcd());
			}
		}
	}

	private static List<Round> rounds(long seed) {
		Plan plan = new Plan(seed);
		return Stream.generate(plan::next).limit(ROUNDS).toList();
	}

}
