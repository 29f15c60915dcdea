package io.github.etcdspring.operations;

import java.util.List;

import io.github.etcdspring.fleet.FleetInstance;

/**
 * Outcome of a write: the live instances that import its keys, by their reaction. If no
 * instance imports them, all lists are empty.
 *
 * @param applied instances that have applied the write
 * @param rejected instances that have rejected the write, with the reason, and keep their
 * last valid configuration
 * @param unanswered instances that have done neither in time
 * @since 0.1.0
 */
public record WriteOutcome(List<FleetInstance> applied, List<FleetInstance> rejected, List<FleetInstance> unanswered) {

	public WriteOutcome {
		applied = List.copyOf(applied);
		rejected = List.copyOf(rejected);
		unanswered = List.copyOf(unanswered);
	}

	/**
	 * Return whether the write is in use everywhere.
	 * @return whether there are instances, and all of them have applied the write
	 */
	public boolean isAppliedByAll() {
		return !this.applied.isEmpty() && this.rejected.isEmpty() && this.unanswered.isEmpty();
	}

}
