package io.github.etcdspring.console;

/**
 * Key of the configuration.
 *
 * @param key the key
 * @param value its value
 * @param revision revision of its last put
 */
record ConfigKey(String key, String value, long revision) {

	/** Omit the value, which may be a secret. */
	@Override
	public String toString() {
		return "ConfigKey[" + this.key + "]";
	}

}
