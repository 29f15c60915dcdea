package io.github.etcdspring.grpc;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import org.jspecify.annotations.Nullable;

/**
 * Round robin over the instances of a service that goes on when they change. Lock-free.
 */
final class InstanceRotation {

	private final AtomicLong turns = new AtomicLong();

	private final LongSupplier clock;

	private final DoubleSupplier random;

	/**
	 * Create a rotation that starts at a random instance, so that not all clients call
	 * the same one first.
	 * @param clock monotonic time in nanoseconds
	 * @param random returns numbers from 0 to 1, the latter excluded
	 */
	InstanceRotation(LongSupplier clock, DoubleSupplier random) {
		this.clock = clock;
		this.random = random;
		this.turns.set((long) (random.getAsDouble() * Integer.MAX_VALUE));
	}

	/**
	 * Return a picker for instances.
	 * @param targets the instances, at least one
	 * @param slowStart time for which the share of a new instance grows
	 * @return the picker
	 */
	SubchannelPicker picker(List<Target> targets, Duration slowStart) {
		return new Picker(Targets.of(targets), slowStart.toNanos());
	}

	/**
	 * Within as many rounds as the highest weight, each instance gets as many turns as
	 * its own weight, and these are spread evenly. The position shifts the rounds, so
	 * that instances of low weight do not get their turns in the same one.
	 */
	private Target next(Targets targets) {
		while (true) {
			long turn = this.turns.getAndIncrement();
			int position = (int) Math.floorMod(turn, (long) targets.list().size());
			Target target = targets.list().get(position);
			long round = Math.floorDiv(turn, (long) targets.list().size());
			if (Math.floorMod((round + position) * target.weight(), (long) targets.highestWeight()) < target.weight()) {
				return target;
			}
		}
	}

	/**
	 * An instance.
	 *
	 * @param picker picks its connection
	 * @param weight its weight, at least 1
	 * @param newSince time at which it appeared, {@code null} if it is not new
	 */
	record Target(SubchannelPicker picker, int weight, @Nullable Long newSince) {

		/** Share of the calls that are meant for the instance, 1 after the slow start. */
		double share(long now, long slowStart) {
			return (this.newSince == null || now - this.newSince >= slowStart) ? 1
					: (double) (now - this.newSince) / slowStart;
		}

	}

	private record Targets(List<Target> list, int highestWeight) {

		static Targets of(List<Target> list) {
			return new Targets(List.copyOf(list), list.stream().mapToInt(Target::weight).max().orElse(1));
		}

	}

	private final class Picker extends SubchannelPicker {

		private final Targets all;

		private final long slowStart;

		/** Whether an instance may be new, which costs each call a look at the clock. */
		private volatile boolean slow;

		Picker(Targets all, long slowStart) {
			this.all = all;
			this.slowStart = slowStart;
			this.slow = slowStart > 0 && all.list().stream().anyMatch((target) -> target.newSince() != null);
		}

		@Override
		public PickResult pickSubchannel(PickSubchannelArgs args) {
			return next((this.slow) ? chosen() : this.all).picker().pickSubchannel(args);
		}

		/**
		 * Leave new instances out of some calls at random, or none if all are new.
		 */
		private Targets chosen() {
			long now = InstanceRotation.this.clock.getAsLong();
			double limit = InstanceRotation.this.random.getAsDouble();
			boolean anyNew = false;
			boolean allNew = true;
			for (Target target : this.all.list()) {
				boolean isNew = target.share(now, this.slowStart) < 1;
				anyNew |= isNew;
				allNew &= isNew;
			}
			this.slow = anyNew;
			if (!anyNew || allNew) {
				return this.all;
			}
			return Targets
				.of(this.all.list().stream().filter((target) -> target.share(now, this.slowStart) > limit).toList());
		}

	}

}
