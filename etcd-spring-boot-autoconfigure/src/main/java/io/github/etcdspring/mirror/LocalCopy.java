package io.github.etcdspring.mirror;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

	private Snapshot snapshot = Snapshot.NONE;

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
	 * Apply the entries that were put since the revision of this copy.
	 * @param read the entries, of the same history of the store
	 * @param changed receives the keys that were put, before anything is applied
	 * @return {@code false} if keys were deleted as well, so that nothing was applied
	 */
	boolean put(UpdatedEntries read, Set<ByteSequence> changed) {
		List<KeyValue> put = read.entries();
		long added = put.stream().filter((keyValue) -> !this.entries.containsKey(keyValue.getKey())).count();
		if (read.revision() < this.snapshot.revision() || this.entries.size() + added != read.count()) {
			return false;
		}
		put.forEach((keyValue) -> changed.add(keyValue.getKey()));
		put.forEach((keyValue) -> this.entries.put(keyValue.getKey(), keyValue));
		hold(read.revision(), this.entries);
		return true;
	}

	/**
	 * Apply events. Events up to the revision of the copy are ignored.
	 * @param events events in the order of their revisions
	 * @param changed receives the keys that were put or deleted, before anything is
	 * applied
	 */
	void apply(List<WatchEvent> events, Set<ByteSequence> changed) {
		long before = this.snapshot.revision();
		List<WatchEvent> later = events.stream()
			.filter((event) -> event.getKeyValue().getModRevision() > before)
			.toList();
		later.forEach((event) -> changed.add(event.getKeyValue().getKey()));
		long last = before;
		for (WatchEvent event : later) {
			KeyValue keyValue = event.getKeyValue();
			switch (event.getEventType()) {
				case PUT -> this.entries.put(keyValue.getKey(), keyValue);
				case DELETE -> this.entries.remove(keyValue.getKey());
				case UNRECOGNIZED ->
					throw new IllegalStateException("Unknown watch event type, this version of etcd is not supported");
			}
			last = keyValue.getModRevision();
		}
		hold(last, this.entries);
	}

	private void hold(long revision, Map<ByteSequence, KeyValue> entries) {
		this.snapshot = new Snapshot(revision, Collections.unmodifiableMap(entries));
		this.entries = entries;
	}

}
