package io.github.etcdspring.mirror;

import java.util.Set;

import io.etcd.jetcd.ByteSequence;

/**
 * Told about each change of a {@link Mirror}, on the mirror's own thread.
 */
@FunctionalInterface
public interface MirrorListener {

	/**
	 * The mirror holds a new snapshot. Called after the first list also when there was
	 * nothing to find, unless the mirror began with what had been read before. While this
	 * method runs further changes gather into one.
	 * @param snapshot what the mirror holds now
	 * @param changed the keys put or deleted since the last call
	 */
	void changed(Snapshot snapshot, Set<ByteSequence> changed);

	/**
	 * etcd does not let this user read one of the ranges, or not any longer. The mirror
	 * goes on trying unless it is closed by this method.
	 * @throws InterruptedException if the thread is interrupted
	 */
	default void forbidden() throws InterruptedException {
	}

}
