package io.github.etcdspring.operations;

import java.util.List;

import io.github.etcdspring.fleet.FleetInstance;
import org.jspecify.annotations.Nullable;

/**
 * Answers of the live instances that import the keys of a proposal. If no instance
 * imports them, all lists are empty. The reason of a rejection is in
 * {@link FleetInstance#answer(String)}.
 *
 * @param accepted instances that would apply the changes
 * @param rejected instances that would reject the changes
 * @param unanswered instances that have not answered in time
 * @param write the write, {@code null} if nothing was written
 * @since 0.1.0
 */
public record ProposalOutcome(List<FleetInstance> accepted, List<FleetInstance> rejected,
		List<FleetInstance> unanswered, @Nullable ConfigWrite write) {

	public ProposalOutcome {
		accepted = List.copyOf(accepted);
		rejected = List.copyOf(rejected);
		unanswered = List.copyOf(unanswered);
	}

	/**
	 * Return whether the changes can be applied everywhere.
	 * @return whether there are instances, and all of them accept the changes
	 */
	public boolean isAcceptedByAll() {
		return !this.accepted.isEmpty() && this.rejected.isEmpty() && this.unanswered.isEmpty();
	}

	/**
	 * Return whether the changes were written.
	 * @return whether there is a write
	 */
	public boolean isWritten() {
		return this.write != null;
	}

}
