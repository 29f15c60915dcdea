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
 * Draws rounds without end. What it draws depends on the seed and on nothing else, so
 * that a slow machine only comes less far.
 */
final class Plan {

	/** One fault in so many lasts until leases expire. */
	private static final int LONG = 5;

	private final Random random;

	private int rounds;

	Plan(long seed) {
		this.random = new Random(seed);
	}

	Round next() {
		Fault fault = draw(Fault.values(), Fault::weight, (any) -> true);
		Side side = draw(Side.values(), (any) -> 1, (any) -> true);
		boolean lasting = this.random.nextInt(LONG) == 0 && fault.mayLast();
		int millis = this.random.nextInt(1000);
		Duration length = Duration.ofMillis((lasting) ? World.TTL.toMillis() + 1500 + millis : 100 + millis);
		Predicate<Change> possible = (change) -> fault.leavesEtcdAlone() || !change.needsEtcd();
		List<Turn> during = turns(this.random.nextInt(3), (change) -> possible.test(change)
				&& change != Change.START_APPLICATION && change != Change.STOP_APPLICATION);
		List<Turn> after = turns(1 + this.random.nextInt(4), (any) -> true);
		this.rounds++;
		return new Round(fault, side, length, during, after, this.rounds % 4 == 0);
	}

	private List<Turn> turns(int number, Predicate<Change> possible) {
		List<Turn> turns = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			Change change = draw(Change.values(), Change::weight, possible);
			turns.add(new Turn(change, this.random.nextInt(1000), Duration.ofMillis(this.random.nextInt(300))));
		}
		return turns;
	}

	private <T> T draw(T[] all, ToIntFunction<T> weight, Predicate<T> possible) {
		List<T> candidates = Arrays.stream(all).filter(possible).toList();
		int lot = this.random.nextInt(candidates.stream().mapToInt(weight).sum());
		for (T candidate : candidates) {
			lot -= weight.applyAsInt(candidate);
			if (lot < 0) {
				return candidate;
			}
		}
		throw new IllegalStateException("No lot");
	}

}
