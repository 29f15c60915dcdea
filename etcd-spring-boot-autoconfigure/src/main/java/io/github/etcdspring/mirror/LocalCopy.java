package io.github.etcdspring.mirror;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;

/**
 * The entries of a mirror, changed in place so that the cost of an event does not depend
 * on the size of the copy. Not thread-safe.
 */
final class LocalCopy {

	private Map<ByteSequence, KeyValue> entries = new HashMap<>();

	private Snapshot snapshot = new Snapshot(0, Collections.unmodifiableMap(this.entries));

	/** The number of entries by range, as far as it was needed. */
	private Map<KeyRange, Long> counts = new HashMap<>();

	/**
	 * Return a read-only view, which is valid until the copy is changed.
	 * @return the current entries
	 */
	Snapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * Begin with an earlier snapshot.
	 * @param known the snapshot
	 */
	void begin(Snapshot known) {
		hold(known.revision(), new HashMap<>(known.entries()));
	}

	/**
	 * Replace all entries except those that could not be read.
	 * @param read the new entries
	 * @param kept matches the keys that could not be read
	 * @param changed receives the keys that differ, before anything is replaced
	 * @return the keys that differ
	 */
	Set<ByteSequence> replace(Snapshot read, Predicate<ByteSequence> kept, Set<ByteSequence> changed) {
		Map<ByteSequence, KeyValue> next = new HashMap<>(read.entries());
		this.entries.forEach((key, entry) -> {
			if (kept.test(key)) {
				next.put(key, entry);
			}
		});
		Snapshot replaced = new Snapshot(read.revision(), next);
		Set<ByteSequence> different = replaced.changedSince(this.snapshot);
		changed.addAll(different);
		hold(read.revision(), next);
		return different;
	}

	/**
	 * Apply all changes up to a revision. Events up to the revision of the copy are
	 * ignored.
	 * @param revision the revision of the last event
	 * @param events events in the order of their revisions for each key
	 * @param read entries of the ranges whose events are incomplete
	 * @param changed receives the keys that were put or deleted, before anything is
	 * applied
	 * @return {@code false} if events of deleted keys are missing, so that nothing was
	 * applied
	 */
	boolean apply(long revision, List<WatchEvent> events, UpdatedEntries read, Set<ByteSequence> changed) {
		Map<ByteSequence, Optional<KeyValue>> changes = new LinkedHashMap<>();
		for (WatchEvent event : events) {
			KeyValue keyValue = event.getKeyValue();
			if (keyValue.getModRevision() > this.snapshot.revision()) {
				changes.put(keyValue.getKey(), switch (event.getEventType()) {
					case PUT -> Optional.of(keyValue);
					case DELETE -> Optional.empty();
					case UNRECOGNIZED -> throw new IllegalStateException(
							"Unknown watch event type, this version of etcd is not supported");
				});
			}
		}
		read.entries().forEach((keyValue) -> changes.put(keyValue.getKey(), Optional.of(keyValue)));
		for (KeyRange range : read.counts().keySet()) {
			this.counts.computeIfAbsent(range, this::count);
		}
		Map<KeyRange, Long> counts = new HashMap<>(this.counts);
		changes.forEach((key, value) -> {
			int added = ((value.isPresent()) ? 1 : 0) - ((this.entries.containsKey(key)) ? 1 : 0);
			if (added != 0) {
				counts.replaceAll((range, count) -> (range.contains(key)) ? count + added : count);
			}
		});
		if (!counts.entrySet().containsAll(read.counts().entrySet())) {
			return false;
		}
		changed.addAll(changes.keySet());
		changes.forEach((key, value) -> value.ifPresentOrElse((keyValue) -> this.entries.put(key, keyValue),
				() -> this.entries.remove(key)));
		this.counts = counts;
		this.snapshot = new Snapshot(revision, this.snapshot.entries());
		return true;
	}

	private long count(KeyRange range) {
		return this.entries.keySet().stream().filter(range::contains).count();
	}

	private void hold(long revision, Map<ByteSequence, KeyValue> entries) {
		this.snapshot = new Snapshot(revision, Collections.unmodifiableMap(entries));
		this.entries = entries;
		this.counts = new HashMap<>();
	}

}
