package io.github.etcdspring.mirror;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import org.jspecify.annotations.Nullable;

/**
 * The entries of key ranges at one revision. A {@link Mirror} passes its listener a view
 * that is valid during the call only.
 *
 * @param revision the revision of the store, 0 before the first list
 * @param entries the entries by key with value, revisions and lease, unmodifiable
 */
public record Snapshot(long revision, Map<ByteSequence, KeyValue> entries) {

	/**
	 * The empty snapshot before the first list.
	 */
	public static final Snapshot NONE = new Snapshot(0, Map.of());

	static Snapshot of(long revision, List<KeyValue> keyValues) {
		Map<ByteSequence, KeyValue> entries = new HashMap<>();
		keyValues.forEach((keyValue) -> entries.put(keyValue.getKey(), keyValue));
		return new Snapshot(revision, Collections.unmodifiableMap(entries));
	}

	/**
	 * Return the part of this snapshot within a range.
	 */
	Snapshot within(KeyRange range) {
		Map<ByteSequence, KeyValue> part = new HashMap<>(this.entries);
		part.keySet().removeIf((key) -> !range.contains(key));
		return new Snapshot(this.revision, Collections.unmodifiableMap(part));
	}

	/**
	 * Whether any of the events is newer than this snapshot.
	 */
	boolean isBehind(List<WatchEvent> events) {
		return events.stream().anyMatch((event) -> event.getKeyValue().getModRevision() > this.revision);
	}

	/**
	 * Return the keys that were put or deleted since an earlier snapshot.
	 * @param earlier the earlier snapshot
	 * @return the keys
	 */
	Set<ByteSequence> changedSince(Snapshot earlier) {
		Set<ByteSequence> keys = new HashSet<>(this.entries.keySet());
		keys.addAll(earlier.entries.keySet());
		keys.removeIf((key) -> isSame(this.entries.get(key), earlier.entries.get(key)));
		return keys;
	}

	/**
	 * Whether this may be a copy of a store, as far as its newest entries show.
	 * @param newest the newest entries of the store, up to a limit
	 * @param count the number of all entries of the store
	 * @return {@code false} if the store is another one or has another history
	 */
	boolean agreesWith(List<KeyValue> newest, long count) {
		if (count != this.entries.size()
				|| !newest.stream().allMatch((keyValue) -> isSame(keyValue, this.entries.get(keyValue.getKey())))) {
			return false;
		}
		// newer entries of this snapshot must not be missing in the store
		long last = newest.stream().mapToLong(KeyValue::getModRevision).min().orElse(this.revision);
		return newerThan(last, newest) == newerThan(last, this.entries.values());
	}

	private static long newerThan(long revision, Collection<KeyValue> entries) {
		return entries.stream().filter((keyValue) -> keyValue.getModRevision() > revision).count();
	}

	/**
	 * Whether two entries are of the same put. In another history of the store, a key may
	 * have the same revision, but not also the same value and lease.
	 * @param one an entry, {@code null} if there is none
	 * @param other another entry, {@code null} if there is none
	 * @return {@code true} if both are the same, or missing
	 */
	public static boolean isSame(@Nullable KeyValue one, @Nullable KeyValue other) {
		if (one == null || other == null || one == other) {
			return one == other;
		}
		return one.getModRevision() == other.getModRevision() && one.getCreateRevision() == other.getCreateRevision()
				&& one.getLease() == other.getLease() && one.getValue().equals(other.getValue());
	}

	@Override
	public String toString() {
		return "Snapshot[revision=" + this.revision + ", entries=" + this.entries.size() + "]";
	}

}
