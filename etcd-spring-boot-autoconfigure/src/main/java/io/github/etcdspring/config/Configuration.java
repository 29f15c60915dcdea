package io.github.etcdspring.config;

import java.util.Map;

/**
 * What all imported prefixes say, at one revision of the store.
 *
 * @param revision the revision, 0 before etcd has answered
 * @param values the properties of each context, unmodifiable
 */
record Configuration(long revision, Map<ConfigContext, ConfigValues> values) {

	static final Configuration NONE = new Configuration(0, Map.of());

	/**
	 * The properties of a context.
	 * @param context the context
	 * @return its properties, none if it has not been read
	 */
	ConfigValues of(ConfigContext context) {
		return this.values.getOrDefault(context, ConfigValues.NONE);
	}

	@Override
	public String toString() {
		return "Configuration[revision=" + this.revision + ", contexts=" + this.values.keySet() + "]";
	}

}
