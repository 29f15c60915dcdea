package io.github.etcdspring.operations;

/**
 * A key in etcd with its value.
 *
 * @param key the key
 * @param value what it holds
 * @param revision revision of etcd at which it was last put
 * @since 0.1.0
 */
public record ConfigEntry(String key, String value, long revision) {

	/** Without the value, which may be a secret. */
	@Override
	public String toString() {
		return "ConfigEntry[key=" + this.key + ", revision=" + this.revision + "]";
	}

}
