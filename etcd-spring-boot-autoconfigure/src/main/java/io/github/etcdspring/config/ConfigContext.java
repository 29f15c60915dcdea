package io.github.etcdspring.config;

import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.mirror.KeyRange;

/**
 * A prefix whose keys become the properties of one property source.
 *
 * @param prefix the prefix, with a slash at its end, such as {@code /config/orders,prod/}
 */
record ConfigContext(String prefix) {

	/**
	 * Return the name of the property source, which is stable for the lifetime of the
	 * application.
	 * @return the name
	 */
	String sourceName() {
		return ConfigParser.sourceName(this.prefix);
	}

	KeyRange range() {
		return KeyRange.prefix(this.prefix);
	}

	@Override
	public String toString() {
		return this.prefix;
	}

}
