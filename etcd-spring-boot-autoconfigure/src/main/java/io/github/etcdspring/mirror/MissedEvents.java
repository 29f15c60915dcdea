package io.github.etcdspring.mirror;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;

/**
 * Distinguishes changes that a watch missed from those whose events arrive shortly after
 * the reconciliation. Not thread-safe.
 */
final class MissedEvents {

	private final Set<ByteSequence> suspects = new HashSet<>();

	private long dueAt;

	/**
	 * Record changes found by a list, whose events may still arrive.
	 * @param keys the keys that differ
	 * @param nanos how long to wait for the events
	 */
	void suspect(Set<ByteSequence> keys, long nanos) {
		if (keys.isEmpty()) {
			return;
		}
		if (this.suspects.isEmpty()) {
			this.dueAt = System.nanoTime() + nanos;
		}
		this.suspects.addAll(keys);
	}

	void delivered(List<WatchEvent> events) {
		if (this.suspects.isEmpty()) {
			return;
		}
		events.forEach((event) -> this.suspects.remove(event.getKeyValue().getKey()));
	}

	long nanosUntilDue() {
		return (this.suspects.isEmpty()) ? Long.MAX_VALUE : Math.max(0, this.dueAt - System.nanoTime());
	}

	/**
	 * Return the number of keys that changed without an event. Each is counted once.
	 * @return the number of keys, 0 while events may still arrive
	 */
	int missed() {
		if (nanosUntilDue() > 0) {
			return 0;
		}
		int missed = this.suspects.size();
		this.suspects.clear();
		return missed;
	}

}
