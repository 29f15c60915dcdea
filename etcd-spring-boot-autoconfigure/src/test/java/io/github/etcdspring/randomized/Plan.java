package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

import io.github.etcdspring.randomized.Round.Turn;

/**
 * Generates an endless sequence of random rounds. The sequence depends only on the seed;
 * a slow machine completes fewer rounds of it.
 */
final class Plan {

	/** One in this number of faults lasts until leases expire. */
	private static final int LASTING_FAULT_RATIO = 5;

	private final Random random;

	private int rounds;

	Plan(long seed) {
		this.random = new Random(seed);
	}

	Round next() {
		Fault fault = choose(Fault.values(), Fault::weight, (any) -> true);
		NetworkSide side = choose(NetworkSide.values(), (any) -> 1, (any) -> true);
		boolean lasting = this.random.nextInt(LASTING_FAULT_RATIO) == 0 && fault.mayLast();
		int millis = this.random.nextInt(1000);
		Duration length = Duration.ofMillis((lasting) ? TestEnvironment.TTL.toMillis() + 1500 + millis : 100 + millis);
		Predicate<Action> possible = (change) -> fault.etcdStaysAvailable() || !change.needsEtcd();
		List<Turn> during = turns(this.random.nextInt(3), (change) -> possible.test(change)
				&& change != Action.START_APPLICATION && change != Action.STOP_APPLICATION);
		List<Turn> after = turns(1 + this.random.nextInt(4), (any) -> true);
		this.rounds++;
		return new Round(fault, side, length, during, after, this.rounds % 4 == 0);
	}

	private List<Turn> turns(int number, Predicate<Action> possible) {
		List<Turn> turns = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			Action change = choose(Action.values(), Action::weight, possible);
			turns.add(new Turn(change, this.random.nextInt(1000), Duration.ofMillis(this.random.nextInt(300))));
		}
		return turns;
	}

	private <T> T choose(T[] all, ToIntFunction<T> weight, Predicate<T> possible) {
		List<T> candidates = Arrays.stream(all).filter(possible).toList();
		int remaining = this.random.nextInt(candidates.stream().mapToInt(weight).sum());
		for (T candidate : candidates) {
			remaining -= weight.applyAsInt(candidate);
			if (remaining < 0) {
				return candidate;
			}
		}
		throw new IllegalStateException("No candidate");
	}

}
