package io.github.etcdspring.cli;

import java.time.Duration;

import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.ConfigWrite;
import io.github.etcdspring.operations.ProposalOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Write that all live instances must accept.
 *
 * @param write the write
 * @param author author of the proposal
 * @param comment comment of the proposal
 * @param timeout how long to wait for the answers
 */
record AskedWrite(ConditionalWrite write, String author, String comment, Duration timeout) {

	/**
	 * Ask the instances, and write nothing.
	 * @return the exit code
	 */
	int ask() {
		try (ConfigProposal proposal = this.write.propose(this.author, this.comment)) {
			ProposalOutcome outcome = proposal.await(this.timeout);
			report(proposal, outcome);
			return (outcome.isAcceptedByAll()) ? ExitCode.OK : ExitCode.REJECTED;
		}
	}

	/**
	 * Ask the instances, and write the changes if all accept them.
	 * @param wait how long to wait until the instances have applied the changes,
	 * {@code null} not to wait
	 * @return the exit code
	 */
	int write(@Nullable Duration wait) {
		try (ConfigProposal proposal = this.write.propose(this.author, this.comment)) {
			ProposalOutcome outcome = proposal.write(Consent.ALL, this.timeout);
			report(proposal, outcome);
			ConfigWrite written = outcome.write();
			return (written != null) ? this.write.written(written, wait) : ExitCode.REJECTED;
		}
	}

	private void report(ConfigProposal proposal, ProposalOutcome outcome) {
		Console console = this.write.console();
		new InstanceReport(console).print(outcome, proposal.id());
		if (outcome.isAcceptedByAll()) {
			return;
		}
		boolean none = outcome.accepted().isEmpty() && outcome.rejected().isEmpty() && outcome.unanswered().isEmpty();
		console.message((none) ? "Nothing was written: no live instance imports the keys. Import without --ask"
				: "Nothing was written: not all instances accept the changes");
	}

}
