package io.github.etcdspring.mirror;

import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;

/**
 * Receives the changes of a {@link Mirror} on the thread of the mirror.
 */
@FunctionalInterface
public interface MirrorListener {

	/**
	 * Called with a new snapshot, and after the first list even if it is empty, unless
	 * the mirror was started from a snapshot. Changes that arrive during the call are
	 * conflated into one. If this method throws, the call is retried with back-off, even
	 * if nothing new arrives.
	 * @param snapshot the new state, a view that is valid during the call
	 * @param changed the keys put or deleted since the last successful call, valid during
	 * the call
	 * @throws InterruptedException if the thread is interrupted
	 */
	void changed(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException;

	/**
	 * Called after a list that has found no change. Keys may have been put and deleted
	 * again since the last snapshot.
	 * @param snapshot the state, a view that is valid during the call
	 */
	default void unchanged(Snapshot snapshot) {
	}

	/**
	 * Called each time a watch is open, before the revision of the store is read.
	 */
	default void opening() {
	}

	/**
	 * Called after {@link #opening()}, and before events are delivered. If the store was
	 * restored, it may be below the revision of a write that was never reported.
	 * @param revision a revision that the store has reached since {@link #opening()}
	 */
	default void opened(long revision) {
	}

	/**
	 * Called when events have arrived, before they are applied, for listeners that need
	 * every change of a key rather than the last one. Not called for missed events that a
	 * list has found.
	 * @param events the events in the order of their revisions for each range, possibly
	 * empty
	 */
	default void arrived(List<WatchEvent> events) {
	}

	/**
	 * Called if the set of forbidden ranges has changed. The mirror keeps their last
	 * known entries and regularly checks the permission again.
	 * @param ranges all ranges that the user may not read now
	 */
	default void forbidden(List<KeyRange> ranges) {
	}

}
