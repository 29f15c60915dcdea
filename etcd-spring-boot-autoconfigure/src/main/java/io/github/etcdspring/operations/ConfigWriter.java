package io.github.etcdspring.operations;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.Op;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys together with their entries in the history, in one transaction. An entry
 * contains the former values, so these are read first, and the transaction is repeated if
 * another writer was faster. Internal: public only for the rollouts.
 */
public final class ConfigWriter {

	/** The last attempt succeeds in any case, and records no former values. */
	private static final int MAX_ATTEMPTS = 8;

	/**
	 * etcd has refused the transaction, and may accept it without an entry. If etcd is
	 * full, deletions succeed.
	 */
	private static final Set<Reason> FALLBACK = Set.of(Reason.PERMISSION_DENIED, Reason.OUT_OF_SPACE, Reason.TOO_LARGE);

	private final Requests requests;

	private final @Nullable HistoryRecorder recorder;

	/**
	 * Create a writer.
	 * @param requests sends requests
	 * @param recorder records the writes, {@code null} if the history is disabled
	 */
	ConfigWriter(Requests requests, @Nullable HistoryRecorder recorder) {
		this.requests = requests;
		this.recorder = recorder;
	}

	/**
	 * Write changes in one transaction.
	 * @param changes the changes
	 * @param deleted revision of each further key that must still exist, and is deleted
	 * @param author who has made the changes
	 * @param comment why
	 * @throws EtcdConfigConflictException if a key is not at its expected revision
	 * @throws EtcdConfigException if a key to delete does not exist, or the request fails
	 */
	public void write(List<ConfigChange> changes, Map<ByteSequence, Long> deleted, String author, String comment) {
		write(changes.stream().map(KeyWrite::of).toList(), deleted, new Attribution(author, comment));
	}

	/**
	 * Write keys in one transaction.
	 * @param writes the keys
	 * @param proposals revision of each proposal that must still exist, and is deleted
	 * @param attribution author and comment
	 * @return the response of the successful transaction, which begins with the responses
	 * to the writes
	 * @throws EtcdConfigConflictException if a key is not at its expected revision
	 */
	TxnResponse write(List<KeyWrite> writes, Map<ByteSequence, Long> proposals, Attribution attribution) {
		String keys = String.join(", ", writes.stream().limit(3).map(KeyWrite::name).toList())
				+ ((writes.size() > 3) ? " and " + (writes.size() - 3) + " more" : "");
		return this.requests.execute("Failed to write " + keys, () -> {
			if (this.recorder == null) {
				return writeUnrecorded(writes, proposals);
			}
			try {
				return writeRecorded(writes, proposals, attribution, this.recorder);
			}
			catch (EtcdRequestException ex) {
				if (!FALLBACK.contains(ex.reason())) {
					throw ex;
				}
				TxnResponse response = writeUnrecorded(writes, proposals);
				this.recorder.notRecorded(writes, ex);
				return response;
			}
		});
	}

	private TxnResponse writeUnrecorded(List<KeyWrite> writes, Map<ByteSequence, Long> proposals)
			throws EtcdRequestException, InterruptedException {
		TxnResponse response = commit(writes, proposals, List.of());
		if (!response.isSucceeded()) {
			requireNoConflict(KeyWrite.conflicts(writes, response.getGetResponses()));
			throw proposalEnded();
		}
		return response;
	}

	private TxnResponse writeRecorded(List<KeyWrite> writes, Map<ByteSequence, Long> proposals, Attribution attribution,
			HistoryRecorder recorder) throws EtcdRequestException, InterruptedException {
		for (int attempt = 1;; attempt++) {
			FormerState former = recorder.read(writes);
			requireNoConflict(KeyWrite.conflicts(writes, former.found()));
			boolean last = attempt == MAX_ATTEMPTS;
			TxnResponse response = commit((last) ? writes : former.expecting(), proposals,
					recorder.entries((last) ? former.unknown() : former, attribution));
			if (response.isSucceeded()) {
				recorder.written(former);
				return response;
			}
			requireNoConflict(KeyWrite.conflicts(writes, response.getGetResponses()));
			if (writes.stream().allMatch(KeyWrite::isConditional)) {
				throw proposalEnded();
			}
		}
	}

	private TxnResponse commit(List<KeyWrite> writes, Map<ByteSequence, Long> proposals, List<Op> entries)
			throws EtcdRequestException, InterruptedException {
		List<KeyWrite> deleted = proposals.entrySet()
			.stream()
			.map((proposal) -> new KeyWrite(proposal.getKey(), null, proposal.getValue()))
			.toList();
		Cmp[] conditions = Stream.concat(writes.stream(), deleted.stream())
			.filter(KeyWrite::isConditional)
			.map(KeyWrite::condition)
			.toArray(Cmp[]::new);
		List<Op> operations = new ArrayList<>();
		writes.forEach((write) -> operations.add(write.operation()));
		deleted.forEach((write) -> operations.add(write.operation()));
		operations.addAll(entries);
		Op[] reads = writes.stream().map(KeyWrite::read).toArray(Op[]::new);
		return this.requests.connection()
			.call(() -> this.requests.kv()
				.txn()
				.If(conditions)
				.Then(operations.toArray(Op[]::new))
				.Else(reads)
				.commit());
	}

	private static void requireNoConflict(Map<String, Long> conflicts) {
		if (!conflicts.isEmpty()) {
			throw new EtcdConfigConflictException(conflicts);
		}
	}

	private static EtcdConfigException proposalEnded() {
		return new EtcdConfigException("Nothing was written: the proposal has expired or was withdrawn", null);
	}

}
