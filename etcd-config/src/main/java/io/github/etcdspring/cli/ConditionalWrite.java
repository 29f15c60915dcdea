package io.github.etcdspring.cli;

import java.time.Duration;

import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigWrite;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.WriteOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Writes a difference in one transaction, on condition that no key was modified since it
 * was read.
 */
final class ConditionalWrite {

	private final EtcdConfigOperations operations;

	private final Difference difference;

	private final Console console;

	ConditionalWrite(EtcdConfigOperations operations, Difference difference, Console console) {
		this.operations = operations;
		this.difference = difference;
		this.console = console;
	}

	Console console() {
		return this.console;
	}

	/**
	 * Write the difference.
	 * @param timeout how long to wait for the instances, {@code null} not to wait
	 * @return the exit code
	 */
	int write(@Nullable Duration timeout) {
		return written(this.operations.write(this.difference.conditional()), timeout);
	}

	ConfigProposal propose(String author, String comment) {
		return this.operations.propose(author, comment, this.difference.conditional());
	}

	/**
	 * Print the revision of a write, and wait for the instances.
	 * @param write the write
	 * @param timeout how long to wait, {@code null} not to wait
	 * @return the exit code
	 */
	int written(ConfigWrite write, @Nullable Duration timeout) {
		this.console.result("written at revision " + write.revision());
		this.console.flush();
		if (timeout == null) {
			return ExitCode.OK;
		}
		WriteOutcome outcome = write.await(timeout);
		new InstanceReport(this.console).print(outcome);
		if (outcome.isAppliedByAll()) {
			return ExitCode.OK;
		}
		boolean none = outcome.applied().isEmpty() && outcome.rejected().isEmpty() && outcome.unanswered().isEmpty();
		this.console
			.message((none) ? "No live instance imports the keys" : "Not all instances have applied the changes");
		return ExitCode.REJECTED;
	}

}
