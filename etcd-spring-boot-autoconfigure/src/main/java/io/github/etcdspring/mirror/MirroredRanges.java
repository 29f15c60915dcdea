package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of a mirror and the copy of their entries. Forbidden ranges keep their last
 * known entries. Confined to the thread of the mirror after its start.
 */
final class MirroredRanges {

	/** Longest pause between two reads of all ranges. */
	private static final Duration MAX_READ_PAUSE = Duration.ofMillis(500);

	private final EtcdConnection connection;

	private final LocalCopy copy = new LocalCopy();

	private RangeReader reader;

	/** Changes of several ranges wait until then, to be applied together. */
	private long nextReadAt = System.nanoTime();

	MirroredRanges(EtcdConnection connection, RangeReader reader) {
		this.connection = connection;
		this.reader = reader;
	}

	/**
	 * Return a read-only view of the copy, which is valid until the copy is changed.
	 * @return the current entries
	 */
	Snapshot snapshot() {
		return this.copy.snapshot();
	}

	/** Return all ranges, none of them within another. */
	List<KeyRange> all() {
		return this.reader.ranges();
	}

	/** Return the ranges that the user may read, none of them within another. */
	List<KeyRange> permitted() {
		return this.reader.permitted();
	}

	List<KeyRange> forbidden() {
		return this.reader.forbidden();
	}

	/** Whether the copy has entries of forbidden ranges. */
	boolean holdsForbidden() {
		return snapshot().entries().keySet().stream().anyMatch(this.reader::isExcluded);
	}

	/**
	 * Begin with an earlier snapshot.
	 * @param known the snapshot
	 */
	void begin(Snapshot known) {
		this.copy.begin(known);
	}

	/** Begin without ranges that were forbidden before. */
	void exclude(List<KeyRange> refused) {
		this.reader.exclude(refused);
	}

	/** Replace the ranges; permissions are checked again. */
	void change(List<KeyRange> ranges) {
		this.reader = new RangeReader(this.connection, ranges);
	}

	/**
	 * Check whether the history of the store continues from the copy.
	 * @return whether the changes since then are available
	 */
	boolean canResume() throws EtcdRequestException, InterruptedException {
		return this.reader.canResumeFrom(snapshot());
	}

	/**
	 * Return the revision of the store when it was last checked whether its history
	 * continues.
	 * @return the revision, 0 before the first check
	 */
	long storeRevision() {
		return this.reader.storeRevision();
	}

	/**
	 * Read all ranges and update the copy.
	 * @param changed receives the keys that differ
	 * @return the keys that differ
	 */
	Set<ByteSequence> list(Set<ByteSequence> changed) throws EtcdRequestException, InterruptedException {
		return replace(this.reader.list(), changed);
	}

	private Set<ByteSequence> replace(Snapshot read, Set<ByteSequence> changed) {
		return this.copy.replace(read, this.reader::isExcluded, changed);
	}

	/**
	 * Apply all changes up to the revision of the last event.
	 * @param events events of the permitted ranges, in order for each range
	 * @param changed receives the keys that were put or deleted
	 * @return whether any of the events is newer than the copy
	 * @throws EtcdRequestException if the ranges cannot be read, or are of another
	 * history
	 */
	boolean apply(List<WatchEvent> events, Set<ByteSequence> changed)
			throws EtcdRequestException, InterruptedException {
		if (!snapshot().isBehind(events)) {
			return false;
		}
		long revision = events.stream().mapToLong((event) -> event.getKeyValue().getModRevision()).max().orElseThrow();
		List<WatchEvent> last = events.stream()
			.filter((event) -> event.getKeyValue().getModRevision() == revision)
			.toList();
		List<KeyRange> incomplete = incomplete(last);
		long before = System.nanoTime();
		UpdatedEntries read = (incomplete.isEmpty()) ? UpdatedEntries.NONE : readUpTo(last, incomplete);
		if (read == null || !this.copy.apply(revision, events, read, changed)) {
			replace(this.reader.list(), changed);
		}
		if (!incomplete.isEmpty()) {
			long after = System.nanoTime();
			this.nextReadAt = after + Math.min(after - before, MAX_READ_PAUSE.toNanos());
		}
		if (snapshot().isBehind(events)) {
			throw EtcdRequestException.historyLost();
		}
		return true;
	}

	/**
	 * Return the ranges that may have changed at or before the last revision in ways that
	 * no event has reported yet. One message contains all events of a range and revision,
	 * so that an event of the revision is the last one of its range.
	 */
	private List<KeyRange> incomplete(List<WatchEvent> last) {
		if (permitted().size() == 1) {
			return List.of();
		}
		return permitted().stream()
			.filter((range) -> last.stream().noneMatch((event) -> range.contains(event.getKeyValue().getKey())))
			.toList();
	}

	/**
	 * Read the incomplete ranges at the revision of the last events. The store may have
	 * been replaced since the events were sent, so that they are compared with it. A
	 * deletion leaves nothing to compare, so that all ranges are listed instead.
	 */
	private @Nullable UpdatedEntries readUpTo(List<WatchEvent> last, List<KeyRange> incomplete)
			throws EtcdRequestException, InterruptedException {
		Optional<KeyValue> put = last.stream()
			.filter((event) -> event.getEventType() == EventType.PUT)
			.map(WatchEvent::getKeyValue)
			.min(Comparator.comparingInt((keyValue) -> keyValue.getValue().size()));
		return (put.isPresent()) ? this.reader.putBetween(incomplete, snapshot().revision(), put.get()) : null;
	}

	/**
	 * Pause after a read for as long as it took: a steady stream of changes keeps etcd
	 * busy for half of the time at most, and is conflated meanwhile.
	 */
	void pauseAfterRead() throws InterruptedException {
		TimeUnit.NANOSECONDS.sleep(this.nextReadAt - System.nanoTime());
	}

	/**
	 * Exclude ranges whose permission has been revoked. Checked again at the next attempt
	 * if etcd does not answer.
	 * @return whether ranges have been excluded and others remain
	 */
	boolean excludeForbidden() throws InterruptedException {
		try {
			return this.reader.excludeForbidden();
		}
		catch (EtcdRequestException ex) {
			return false;
		}
	}

	/**
	 * Include forbidden ranges whose permission has been granted. Checked again later if
	 * etcd does not answer.
	 * @return whether ranges have been included
	 */
	boolean includePermitted() throws InterruptedException {
		try {
			return this.reader.includePermitted();
		}
		catch (EtcdRequestException ex) {
			return false;
		}
	}

}
