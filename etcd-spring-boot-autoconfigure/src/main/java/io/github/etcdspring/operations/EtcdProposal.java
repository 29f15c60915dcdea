package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.Proposal.Change;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.operations.FleetWatch.Answers;

/**
 * Proposal in etcd: one key in each directory of the changed keys, all with one lease,
 * which ends the proposal if its author does not.
 */
final class EtcdProposal implements ConfigProposal {

	private static final Duration TTL = Duration.ofMinutes(10);

	private static final SecureRandom random = new SecureRandom();

	private final EtcdConnection connection;

	private final FleetKeys fleet;

	private final String id;

	private final long lease;

	private final Set<String> keys;

	private final Map<ByteSequence, Long> proposals;

	private final Function<Map<ByteSequence, Long>, ConfigWrite> commit;

	private EtcdProposal(EtcdConnection connection, FleetKeys fleet, String id, long lease, Set<String> keys,
			Map<ByteSequence, Long> proposals, Function<Map<ByteSequence, Long>, ConfigWrite> commit) {
		this.connection = connection;
		this.fleet = fleet;
		this.id = id;
		this.lease = lease;
		this.keys = keys;
		this.proposals = proposals;
		this.commit = commit;
	}

	/**
	 * Put a proposal.
	 * @param connection the connection to etcd
	 * @param fleet the keys of the fleet
	 * @param author who proposes the changes
	 * @param comment why
	 * @param changes the changes
	 * @param commit writes the changes and deletes the proposal, whose keys are still at
	 * the given revisions
	 * @return the proposal
	 */
	static EtcdProposal put(EtcdConnection connection, FleetKeys fleet, String author, String comment,
			List<Change> changes, Function<Map<ByteSequence, Long>, ConfigWrite> commit) {
		String id = String.format(Locale.ROOT, "%012x", random.nextLong() >>> 16);
		Map<String, List<Change>> byDirectory = changes.stream()
			.collect(Collectors.groupingBy((change) -> Proposal.directory(change.key()), TreeMap::new,
					Collectors.toList()));
		try {
			long lease = connection.call(() -> connection.client().getLeaseClient().grant(TTL.toSeconds())).getID();
			PutOption option = PutOption.builder().withLeaseId(lease).build();
			List<ByteSequence> keys = new ArrayList<>();
			List<Op> puts = new ArrayList<>();
			byDirectory.forEach((directory, part) -> {
				ByteSequence key = bytes(Proposal.key(directory, id));
				keys.add(key);
				puts.add(Op.put(key, bytes(new Proposal(author, comment, part).write()), option));
			});
			long revision = connection
				.call(() -> connection.client().getKVClient().txn().Then(puts.toArray(Op[]::new)).commit())
				.getHeader()
				.getRevision();
			Map<ByteSequence, Long> proposals = new HashMap<>();
			keys.forEach((key) -> proposals.put(key, revision));
			return new EtcdProposal(connection, fleet, id, lease,
					changes.stream().map(Change::key).collect(Collectors.toSet()), proposals, commit);
		}
		catch (EtcdRequestException ex) {
			throw failure(connection, "Failed to propose changes of " + byDirectory.keySet(), ex);
		}
		catch (InterruptedException ex) {
			throw interrupted(ex);
		}
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public ProposalOutcome await(Duration timeout) {
		Answers answers = answers(timeout);
		return new ProposalOutcome(answers.accepted(), answers.rejected(), answers.unanswered(), null);
	}

	private Answers answers(Duration timeout) {
		try (FleetWatch watch = new FleetWatch(this.connection, this.fleet, this.keys,
				(instance) -> hasAnswered(instance, true), (instance) -> hasAnswered(instance, false))) {
			return watch.await(timeout);
		}
	}

	private boolean hasAnswered(FleetInstance instance, boolean accepted) {
		ChangeAnswer answer = instance.answer(this.id);
		return answer != null && answer.isAccepted() == accepted;
	}

	@Override
	public ProposalOutcome write(Consent consent, Duration timeout) {
		Answers answers = answers(timeout);
		boolean agreed = !answers.accepted().isEmpty() && answers.rejected().isEmpty()
				&& (consent == Consent.ANSWERED || answers.unanswered().isEmpty());
		ConfigWrite write = (agreed) ? this.commit.apply(this.proposals) : null;
		return new ProposalOutcome(answers.accepted(), answers.rejected(), answers.unanswered(), write);
	}

	@Override
	public void close() {
		try {
			this.connection.call(() -> this.connection.client().getLeaseClient().revoke(this.lease));
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				throw failure(this.connection, "Failed to withdraw the proposal " + this.id + ", which ends after "
						+ TTL.toMinutes() + " minutes", ex);
			}
		}
		catch (InterruptedException ex) {
			throw interrupted(ex);
		}
	}

	private static EtcdConfigException failure(EtcdConnection connection, String what, EtcdRequestException cause) {
		return new EtcdConfigException(what + ": " + connection.explain(cause).text(), cause);
	}

	private static EtcdConfigException interrupted(InterruptedException cause) {
		Thread.currentThread().interrupt();
		return new EtcdConfigException("The thread was interrupted", cause);
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
