package io.github.etcdspring.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.Proposal.Change;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Proposed changes of the imported keys, and the answers of this instance. Confined to
 * the thread of the watch, except for {@link #answers()} and the listeners.
 */
final class Proposals {

	/** The proposals of each id by their keys: one for each directory. */
	private final Map<String, Map<ByteSequence, Proposal>> proposals = new TreeMap<>();

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private volatile List<ChangeAnswer> answers = List.of();

	/**
	 * Record put and deleted proposals.
	 * @param entries all entries
	 * @param changed the keys that may have changed
	 */
	void update(Map<ByteSequence, KeyValue> entries, Set<ByteSequence> changed) {
		for (ByteSequence key : changed) {
			if (Proposal.isKey(key)) {
				KeyValue entry = entries.get(key);
				Proposal read = (entry != null) ? Proposal.read(key, entry.getValue()) : null;
				this.proposals.compute(Proposal.id(key), (id, known) -> with(known, key, read));
			}
		}
	}

	private static @Nullable Map<ByteSequence, Proposal> with(@Nullable Map<ByteSequence, Proposal> known,
			ByteSequence key, @Nullable Proposal proposal) {
		Map<ByteSequence, Proposal> next = (known != null) ? known : new HashMap<>();
		if (proposal != null) {
			next.put(key, proposal);
		}
		else {
			next.remove(key);
		}
		return (next.isEmpty()) ? null : next;
	}

	/**
	 * Answer all proposals, also those that have been answered, as the configuration may
	 * have changed since.
	 * @param rehearsal rehearses changes
	 * @throws InterruptedException if the thread is interrupted
	 */
	void answer(Rehearsal rehearsal) throws InterruptedException {
		if (this.proposals.isEmpty() && this.answers.isEmpty()) {
			return;
		}
		List<ChangeAnswer> next = new ArrayList<>();
		for (Map.Entry<String, Map<ByteSequence, Proposal>> proposal : this.proposals.entrySet()) {
			next.add(answer(proposal.getKey(), changes(proposal.getValue()), rehearsal));
		}
		if (!next.equals(this.answers)) {
			this.answers = List.copyOf(next);
			this.listeners.forEach(Runnable::run);
		}
	}

	private static ChangeAnswer answer(String id, Map<ByteSequence, Optional<KeyValue>> changes, Rehearsal rehearsal)
			throws InterruptedException {
		try {
			rehearsal.rehearse(changes);
			return new ChangeAnswer(id, null, null);
		}
		catch (RejectedConfigurationException ex) {
			String key = (ex.origin() != null) ? ex.origin().key() : null;
			return new ChangeAnswer(id, key, String.valueOf(ex.getMessage()));
		}
	}

	private static Map<ByteSequence, Optional<KeyValue>> changes(Map<ByteSequence, Proposal> proposals) {
		Map<ByteSequence, Optional<KeyValue>> changes = new HashMap<>();
		proposals.values()
			.stream()
			.flatMap((proposal) -> proposal.changes().stream())
			.forEach((change) -> changes.put(bytes(change.key()), Optional.ofNullable(entry(change))));
		return changes;
	}

	private static @Nullable KeyValue entry(Change change) {
		return (change.value() != null) ? new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(change.key()))
			.setValue(ByteString.copyFromUtf8(change.value()))
			.build(), ByteSequence.EMPTY) : null;
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * Return the answers to the proposals that exist. Thread-safe.
	 * @return an immutable list
	 */
	List<ChangeAnswer> answers() {
		return this.answers;
	}

	/**
	 * Add a callback for changed answers. Thread-safe.
	 * @param listener called on the thread of the watch; must neither block nor throw
	 */
	void addListener(Runnable listener) {
		this.listeners.add(listener);
	}

	/**
	 * Rehearses changes of keys, without applying them.
	 */
	@FunctionalInterface
	interface Rehearsal {

		void rehearse(Map<ByteSequence, Optional<KeyValue>> changes)
				throws RejectedConfigurationException, InterruptedException;

	}

}
