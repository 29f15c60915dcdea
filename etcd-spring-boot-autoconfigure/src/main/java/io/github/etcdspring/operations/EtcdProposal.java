package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
import io.github.etcdspring.client.RandomId;
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

	private final Requests requests;

	private final FleetKeys fleet;

	private final String id;

	private final long lease;

	private final Set<String> keys;

	private final Map<ByteSequence, Long> proposals;

	private final Function<Map<ByteSequence, Long>, ConfigWrite> commit;

	private EtcdProposal(Requests requests, FleetKeys fleet, String id, long lease, Set<String> keys,
			Map<ByteSequence, Long> proposals, Function<Map<ByteSequence, Long>, ConfigWrite> commit) {
		this.requests = requests;
		this.fleet = fleet;
		this.id = id;
		this.lease = lease;
		this.keys = keys;
		this.proposals = proposals;
		this.commit = commit;
	}

	/**
	 * Put a proposal.
	 * @param requests sends requests
	 * @param fleet the keys of the fleet
	 * @param author who proposes the changes
	 * @param comment why
	 * @param changes the changes
	 * @param commit writes the changes and deletes the proposal, whose keys are still at
	 * the given revisions
	 * @return the proposal
	 */
	static EtcdProposal put(Requests requests, FleetKeys fleet, String author, String comment, List<Change> changes,
			Function<Map<ByteSequence, Long>, ConfigWrite> commit) {
		String id = RandomId.create();
		Map<String, List<Change>> byDirectory = changes.stream()
			.collect(Collectors.groupingBy((change) -> Proposal.directory(change.key()), TreeMap::new,
					Collectors.toList()));
		return requests.execute("Failed to propose changes of " + byDirectory.keySet(), () -> {
			EtcdConnection connection = requests.connection();
			long lease = connection.call(() -> connection.client().getLeaseClient().grant(TTL.toSeconds())).getID();
			PutOption option = PutOption.builder().withLeaseId(lease).build();
			List<ByteSequence> keys = new ArrayList<>();
			List<Op> puts = new ArrayList<>();
			byDirectory.forEach((directory, part) -> {
				ByteSequence key = bytes(Proposal.key(directory, id));
				keys.add(key);
				puts.add(Op.put(key, bytes(new Proposal(author, comment, part).write()), option));
			});
			long revision = put(requests, puts, lease);
			Map<ByteSequence, Long> proposals = new HashMap<>();
			keys.forEach((key) -> proposals.put(key, revision));
			return new EtcdProposal(requests, fleet, id, lease,
					changes.stream().map(Change::key).collect(Collectors.toSet()), proposals, commit);
		});
	}

	/** A timeout may have put the keys, so the lease ends in any case. */
	private static long put(Requests requests, List<Op> puts, long lease)
			throws EtcdRequestException, InterruptedException {
		EtcdConnection connection = requests.connection();
		try {
			return connection.call(() -> requests.kv().txn().Then(puts.toArray(Op[]::new)).commit())
				.getHeader()
				.getRevision();
		}
		catch (EtcdRequestException | InterruptedException ex) {
			try {
				revoke(connection, lease);
			}
			catch (EtcdRequestException suppressed) {
				ex.addSuppressed(suppressed);
			}
			throw ex;
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
		try (FleetWatch watch = new FleetWatch(this.requests.connection(), this.fleet, this.keys,
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
		this.requests.execute(
				"Failed to withdraw the proposal " + this.id + ", which ends after " + TTL.toMinutes() + " minutes",
				() -> revoke(this.requests.connection(), this.lease));
	}

	private static boolean revoke(EtcdConnection connection, long lease)
			throws EtcdRequestException, InterruptedException {
		try {
			connection.call(() -> connection.client().getLeaseClient().revoke(lease));
			return true;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				throw ex;
			}
			return false;
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
