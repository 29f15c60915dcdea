package io.github.etcdspring.cli;

import java.util.List;
import java.util.function.Function;

import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.operations.ProposalOutcome;
import io.github.etcdspring.operations.WriteOutcome;
import io.github.etcdspring.refresh.ConfigurationStatus;
import org.jspecify.annotations.Nullable;

/**
 * Prints how the instances react to a change: one line for each instance.
 */
final class InstanceReport {

	private final Console console;

	InstanceReport(Console console) {
		this.console = console;
	}

	void print(WriteOutcome outcome) {
		print("applied", outcome.applied(), (instance) -> "");
		print("rejected", outcome.rejected(), InstanceReport::rejection);
		print("unanswered", outcome.unanswered(), (instance) -> "");
	}

	void print(ProposalOutcome outcome, String proposal) {
		print("accepted", outcome.accepted(), (instance) -> "");
		print("rejected", outcome.rejected(), (instance) -> rejection(instance, proposal));
		print("unanswered", outcome.unanswered(), (instance) -> "");
	}

	private void print(String reaction, List<FleetInstance> instances, Function<FleetInstance, String> reason) {
		for (FleetInstance instance : instances) {
			String version = instance.version();
			this.console.result(reaction + " " + instance.service() + "/" + instance.instance()
					+ ((version != null) ? " " + version : "") + reason.apply(instance));
		}
	}

	private static String rejection(FleetInstance instance) {
		ConfigurationStatus.Rejected rejected = instance.rejected();
		return (rejected != null) ? rejection(rejected.key(), rejected.reason()) : "";
	}

	private static String rejection(FleetInstance instance, String proposal) {
		ChangeAnswer answer = instance.answer(proposal);
		return (answer != null) ? rejection(answer.key(), answer.reason()) : "";
	}

	private static String rejection(@Nullable String key, @Nullable String reason) {
		return ": " + ((key != null) ? key + ": " : "") + reason;
	}

}
