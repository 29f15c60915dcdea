package io.github.etcdspring.config;

import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.mirror.KeyRange;

/**
 * A prefix whose keys become the properties of one property source.
 *
 * @param prefix what its keys start with, {@code /config/orders,prod/} for example. Ends
 * with a slash
 */
record ConfigContext(String prefix) {

	/**
	 * Name of the property source, the same for as long as the application lives.
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
