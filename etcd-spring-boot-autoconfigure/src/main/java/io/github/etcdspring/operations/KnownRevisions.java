package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.KeyValue;

/**
 * Revisions of writes that are or were in the history. Not thread-safe.
 */
final class KnownRevisions {

	private final HistoryKeys keys;

	/** By directory. */
	private final Map<String, Set<Long>> recorded = new HashMap<>();

	/** Last pruned revision by directory. */
	private final Map<String, Long> pruned = new HashMap<>();

	/** By key, if the changes of an entry are known. */
	private final Map<String, Set<Long>> changes = new HashMap<>();

	KnownRevisions(HistoryKeys keys) {
		this.keys = keys;
	}

	/** Add an entry that contains all keys of its write. */
	void add(String directory, KeyValue entry) {
		if (this.keys.isEntry(entry.getKey())) {
			this.recorded.computeIfAbsent(directory, (key) -> new HashSet<>()).add(HistoryKeys.revision(entry));
		}
	}

	/** Add an entry with its changes. */
	void add(HistoryEntry entry) {
		entry.changes()
			.forEach((change) -> this.changes.computeIfAbsent(change.key(), (key) -> new HashSet<>())
				.add(entry.revision()));
	}

	/** Add the revision up to which entries have been pruned. */
	void addPruned(String directory, KeyValue marker) {
		this.pruned.put(directory, pruned(marker));
	}

	/** Return the revision up to which entries have been pruned. */
	static long pruned(KeyValue marker) {
		try {
			return Long.parseLong(marker.getValue().toString(StandardCharsets.UTF_8));
		}
		catch (NumberFormatException ex) {
			return marker.getModRevision();
		}
	}

	boolean contains(String key, long revision) {
		String directory = this.keys.directory(key);
		return this.recorded.getOrDefault(directory, Set.of()).contains(revision)
				|| this.changes.getOrDefault(key, Set.of()).contains(revision)
				|| revision <= this.pruned.getOrDefault(directory, 0L);
	}

}
