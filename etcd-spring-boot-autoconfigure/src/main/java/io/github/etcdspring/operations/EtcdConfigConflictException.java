package io.github.etcdspring.operations;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Somebody else was faster: a key is not at the revision that was expected. Nothing has
 * been written. Read it again, and decide anew.
 *
 * @since 0.1.0
 */
public final class EtcdConfigConflictException extends EtcdConfigException {

	private static final long serialVersionUID = 1L;

	private final transient Map<String, Long> revisions;

	EtcdConfigConflictException(Map<String, Long> revisions) {
		super("Nothing was written, as somebody else has changed "
				+ String.join(", ", new TreeMap<>(revisions).keySet()) + " meanwhile. Read again and decide anew",
				null);
		this.revisions = Collections.unmodifiableMap(new TreeMap<>(revisions));
	}

	/**
	 * The keys that were not as expected.
	 * @return revision at which each was last put, 0 if it does not exist; unmodifiable
	 */
	public Map<String, Long> getRevisions() {
		return this.revisions;
	}

}
