package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * What a key held from a revision on, until the next version.
 *
 * @param revision revision of etcd at which it was put or deleted
 * @param value what it held, {@code null} if it was deleted
 * @since 0.1.0
 */
public record ConfigVersion(long revision, @Nullable String value) {

	/** Without the value, which may be a secret. */
	@Override
	public String toString() {
		return "ConfigVersion[revision=" + this.revision + ((this.value != null) ? "]" : ", deleted]");
	}

}
