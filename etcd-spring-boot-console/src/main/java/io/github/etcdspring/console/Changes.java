package io.github.etcdspring.console;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.ConfigWrite;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.ProposalOutcome;
import io.github.etcdspring.operations.WriteOutcome;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Writes changes, or asks the instances before, and waits for their reaction.
 */
final class Changes {

	private static final int DEFAULT_SECONDS = 10;

	private static final int MAX_SECONDS = 60;

	private final EtcdConfigOperations operations;

	Changes(EtcdConfigOperations operations) {
		this.operations = operations;
	}

	static Duration wait(@Nullable Integer seconds) {
		int checked = Objects.requireNonNullElse(seconds, DEFAULT_SECONDS);
		Assert.isTrue(checked >= 0 && checked <= MAX_SECONDS, "'waitSeconds' must be between 0 and " + MAX_SECONDS);
		return Duration.ofSeconds(checked);
	}

	Written write(User user, String comment, Duration wait, ConfigChange... changes) {
		return await(this.operations.as(user.name(), comment).write(changes), wait);
	}

	/**
	 * Wait for the reaction to a write.
	 * @param write the write
	 * @param wait how long to wait
	 * @return the reaction
	 */
	static Written await(ConfigWrite write, Duration wait) {
		try {
			WriteOutcome outcome = write.await(wait);
			return new Written(write.revision(), names(outcome.applied()),
					rejections(outcome.rejected(), Changes::rejection), names(outcome.unanswered()), null);
		}
		catch (EtcdConfigException ex) {
			// the write has taken effect nevertheless
			return new Written(write.revision(), List.of(), List.of(), List.of(), ex.getMessage());
		}
	}

	Answers ask(User user, String comment, Duration wait, ConfigChange... changes) {
		try (ConfigProposal proposal = this.operations.propose(user.name(), comment, changes)) {
			return answers(proposal, proposal.await(wait));
		}
	}

	Answers askAndWrite(User user, String comment, Duration wait, ConfigChange... changes) {
		try (ConfigProposal proposal = this.operations.propose(user.name(), comment, changes)) {
			return answers(proposal, proposal.write(Consent.ALL, wait));
		}
	}

	private static Answers answers(ConfigProposal proposal, ProposalOutcome outcome) {
		ConfigWrite write = outcome.write();
		return new Answers(names(outcome.accepted()), rejections(outcome.rejected(), (instance) -> {
			ChangeAnswer answer = instance.answer(proposal.id());
			return new Rejection(name(instance), (answer != null) ? answer.key() : null,
					(answer != null) ? answer.reason() : null);
		}), names(outcome.unanswered()),
				outcome.accepted().isEmpty() && outcome.rejected().isEmpty() && outcome.unanswered().isEmpty(),
				(write != null) ? write.revision() : null);
	}

	private static Rejection rejection(FleetInstance instance) {
		return (instance.rejected() != null)
				? new Rejection(name(instance), instance.rejected().key(), instance.rejected().reason())
				: new Rejection(name(instance), null, null);
	}

	private static List<Rejection> rejections(List<FleetInstance> instances,
			Function<FleetInstance, Rejection> rejection) {
		return instances.stream().map(rejection).toList();
	}

	private static List<String> names(List<FleetInstance> instances) {
		return instances.stream().map(Changes::name).toList();
	}

	private static String name(FleetInstance instance) {
		return instance.service() + "/" + instance.instance();
	}

	/**
	 * A write and the reaction of the instances.
	 *
	 * @param revision revision of the write
	 * @param applied instances that have applied it
	 * @param rejected instances that have rejected it
	 * @param unanswered instances that have done neither in time
	 * @param problem why the reaction is not known, {@code null} if it is
	 */
	record Written(long revision, List<String> applied, List<Rejection> rejected, List<String> unanswered,
			@Nullable String problem) {

	}

	/**
	 * Answers of the instances.
	 *
	 * @param accepted instances that would apply the changes
	 * @param rejected instances that would reject the changes
	 * @param unanswered instances that have not answered in time
	 * @param noInstances whether no instance imports the keys
	 * @param revision revision of the write, {@code null} if nothing was written
	 */
	record Answers(List<String> accepted, List<Rejection> rejected, List<String> unanswered, boolean noInstances,
			@Nullable Long revision) {

	}

	/**
	 * Why an instance rejects changes.
	 *
	 * @param instance the instance, as {@code service/id}
	 * @param key the key at fault, {@code null} if it is not known
	 * @param reason the reason, without any value
	 */
	record Rejection(String instance, @Nullable String key, @Nullable String reason) {

	}

}
