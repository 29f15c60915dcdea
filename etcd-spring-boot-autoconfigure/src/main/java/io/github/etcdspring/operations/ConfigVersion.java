package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Version of a key, from its revision until the next version.
 *
 * @param revision revision of etcd at which the key was put or deleted
 * @param value the value, {@code null} if the key was deleted
 * @since 0.1.0
 */
public record ConfigVersion(long revision, @Nullable String value) {

	/** Omit the value, which may be a secret. */
	@Override
	public String toString() {
		return "ConfigVersion[revision=" + this.revision + ((this.value != null) ? "]" : ", deleted]");
	}

}
