package io.github.etcdspring.operations;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Thrown when a key was modified concurrently: it is not at the expected revision.
 * Nothing has been written. Read the keys again and retry.
 *
 * @since 0.1.0
 */
public final class EtcdConfigConflictException extends EtcdConfigException {

	private static final long serialVersionUID = 1L;

	private final transient Map<String, Long> revisions;

	/**
	 * Create an exception.
	 * @param revisions the current revision of each key that is not at the expected one
	 */
	public EtcdConfigConflictException(Map<String, Long> revisions) {
		super("Nothing was written because of a concurrent modification of "
				+ String.join(", ", new TreeMap<>(revisions).keySet()) + ". Read again and retry", null);
		this.revisions = Collections.unmodifiableMap(new TreeMap<>(revisions));
	}

	/**
	 * Return the keys that are not at the expected revision, with their current revision.
	 * @return an unmodifiable map of the revision of the last modification by key, 0 if
	 * the key does not exist
	 */
	public Map<String, Long> getRevisions() {
		return this.revisions;
	}

}
