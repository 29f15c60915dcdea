package io.github.etcdspring.mirror;

import java.util.List;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;

/**
 * Receives each change of a {@link Mirror}, on the mirror's own thread.
 */
@FunctionalInterface
public interface MirrorListener {

	/**
	 * The mirror holds a new snapshot. Called after the first list also when there was
	 * nothing to find, unless the mirror began with what had been read before. While this
	 * method runs further changes gather into one. If it throws, it is called again with
	 * back-off, also when nothing new arrives.
	 * @param snapshot what the mirror holds now, a view that is valid during the call
	 * @param changed the keys put or deleted since the last call that returned, valid
	 * during the call
	 * @throws InterruptedException if the thread is interrupted
	 */
	void changed(Snapshot snapshot, Set<ByteSequence> changed) throws InterruptedException;

	/**
	 * Events have arrived, which are about to be applied. For listeners that need more
	 * than the last of several changes of a key. Events that were missed and found by a
	 * list do not arrive.
	 * @param events the events in the order of their revisions, possibly none
	 */
	default void arrived(List<WatchEvent> events) {
	}

	/**
	 * Other ranges than before may not be read. The mirror keeps what it held of them,
	 * and asks for the permission again from time to time.
	 * @param ranges all ranges that may not be read now
	 */
	default void forbidden(List<KeyRange> ranges) {
	}

}
