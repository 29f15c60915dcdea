package io.github.etcdspring.operations;

/**
 * Key in etcd with its value.
 *
 * @param key the key
 * @param value the value
 * @param revision revision of the last modification of the key
 * @since 0.1.0
 */
public record ConfigEntry(String key, String value, long revision) {

	/** Omit the value, which may be a secret. */
	@Override
	public String toString() {
		return "ConfigEntry[key=" + this.key + ", revision=" + this.revision + "]";
	}

}
