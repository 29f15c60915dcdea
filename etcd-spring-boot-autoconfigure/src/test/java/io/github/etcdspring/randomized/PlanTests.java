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

	private static final int MANY = 500;

	@Test
	void sameSeedDrawsTheSame() {
		assertThat(rounds(1)).isEqualTo(rounds(1)).isNotEqualTo(rounds(2));
	}

	@Test
	void drawsWhateverThereIs() {
		Set<Fault> faults = EnumSet.noneOf(Fault.class);
		Set<Change> changes = EnumSet.noneOf(Change.class);
		for (Round round : rounds(1)) {
			faults.add(round.fault());
			round.after().forEach((turn) -> changes.add(turn.change()));
		}
		assertThat(faults).containsExactlyInAnyOrder(Fault.values());
		assertThat(changes).containsExactlyInAnyOrder(Change.values());
	}

	@Test
	void asksNothingOfAnEtcdThatIsAway() {
		for (Round round : rounds(1)) {
			if (!round.fault().leavesEtcdAlone()) {
				assertThat(round.during()).noneMatch((turn) -> turn.change().needsEtcd());
			}
		}
	}

	private static List<Round> rounds(long seed) {
		Plan plan = new Plan(seed);
		return Stream.generate(plan::next).limit(MANY).toList();
	}

}
