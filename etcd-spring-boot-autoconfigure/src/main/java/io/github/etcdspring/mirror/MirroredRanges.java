package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;

/**
 * The ranges of a mirror, and its copy of what they hold. Those that may not be read keep
 * what was known last. Confined to the thread of the mirror once that is started.
 */
final class MirroredRanges {

	/** Longest pause between two reads of all ranges. */
	private static final Duration MOST_REST = Duration.ofMillis(500);

	private final EtcdConnection connection;

	private final LocalCopy copy = new LocalCopy();

	private RangeReader reader;

	/** Until then changes of several ranges wait, to be read together. */
	private long restUntil = System.nanoTime();

	MirroredRanges(EtcdConnection connection, RangeReader reader) {
		this.connection = connection;
		this.reader = reader;
	}

	/**
	 * Return a read-only view of the copy, which is valid until that is changed.
	 * @return what is held
	 */
	Snapshot snapshot() {
		return this.copy.snapshot();
	}

	/** All ranges, none of them within another. */
	List<KeyRange> all() {
		return this.reader.ranges();
	}

	/** The ranges that may be read, none of them within another. */
	List<KeyRange> permitted() {
		return this.reader.permitted();
	}

	List<KeyRange> forbidden() {
		return this.reader.forbidden();
	}

	/** Whether something is held that may no longer be read. */
	boolean isForbiddenHeld() {
		return snapshot().entries().keySet().stream().anyMatch(this.reader::isLeftOut);
	}

	/**
	 * Begin with what was read before.
	 * @param known what was read
	 */
	void begin(Snapshot known) {
		this.copy.begin(known);
	}

	/** Begin without ranges that were refused before. */
	void leaveOut(List<KeyRange> refused) {
		this.reader.leaveOut(refused);
	}

	/** Mirror other ranges, of which all may have to be read. */
	void change(List<KeyRange> ranges) {
		this.reader = new RangeReader(this.connection, ranges);
	}

	/**
	 * Find out whether the history of the store goes on from the copy.
	 * @return whether the changes since then can be had
	 */
	boolean areConfirmed() throws EtcdRequestException, InterruptedException {
		return this.reader.confirms(snapshot());
	}

	/**
	 * Read all ranges.
	 * @param changed receives the keys that differ
	 * @return the keys that differ
	 */
	Set<ByteSequence> list(Set<ByteSequence> changed) throws EtcdRequestException, InterruptedException {
		return replace(this.reader.list(), changed);
	}

	private Set<ByteSequence> replace(Snapshot read, Set<ByteSequence> changed) {
		return this.copy.replace(read, this.reader::isLeftOut, changed);
	}

	/**
	 * Apply events, or what they tell of.
	 * @param events events of the permitted ranges
	 * @param changed receives the keys that were put or deleted
	 * @return whether there was one that is not part of the copy already
	 * @throws EtcdRequestException if the ranges cannot be read, or are of another
	 * history
	 */
	boolean apply(List<WatchEvent> events, Set<ByteSequence> changed)
			throws EtcdRequestException, InterruptedException {
		if (!snapshot().isBehind(events)) {
			return false;
		}
		if (permitted().size() == 1) {
			this.copy.apply(events, changed);
			return true;
		}
		// a transaction may have changed other ranges, of which their watches tell later
		readChanges(changed);
		if (snapshot().isBehind(events)) {
			throw EtcdRequestException.historyLost();
		}
		return true;
	}

	/**
	 * Read all ranges, and then nothing for as long as that took: changes that never end
	 * cost etcd no more than half of the time. The listener works meanwhile.
	 */
	private void readChanges(Set<ByteSequence> changed) throws EtcdRequestException, InterruptedException {
		TimeUnit.NANOSECONDS.sleep(this.restUntil - System.nanoTime());
		long before = System.nanoTime();
		PutEntries put = this.reader.putAfter(snapshot().revision());
		boolean complete = put != null && this.copy.put(put, changed);
		Snapshot read = (complete) ? null : this.reader.list();
		long after = System.nanoTime();
		this.restUntil = after + Math.min(after - before, MOST_REST.toNanos());
		if (read != null) {
			replace(read, changed);
		}
	}

	/**
	 * Leave out ranges that may no longer be read. Found out at the next attempt if etcd
	 * does not answer.
	 * @return whether there are such, and others remain
	 */
	boolean leaveOutForbidden() throws InterruptedException {
		try {
			return this.reader.leaveOutForbidden();
		}
		catch (EtcdRequestException ex) {
			return false;
		}
	}

	/**
	 * Take up forbidden ranges that may be read now. Asked for again later if etcd does
	 * not answer.
	 * @return whether there are such
	 */
	boolean takeUpPermitted() throws InterruptedException {
		try {
			return this.reader.takeUpPermitted();
		}
		catch (EtcdRequestException ex) {
			return false;
		}
	}

}
