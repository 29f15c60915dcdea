package io.github.etcdspring.refresh;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The properties of all imported sources at one revision of the store. Immutable and
 * thread-safe.
 *
 * @param revision revision of the store, 0 before the first read
 * @param values the properties of each source by the name of the property source,
 * unmodifiable
 */
public record Configuration(long revision, Map<String, ConfigValues> values) {

	/**
	 * The configuration before anything has been read.
	 */
	public static final Configuration NONE = new Configuration(0, Map.of());

	/**
	 * Return the properties of a source.
	 * @param source the name of the property source
	 * @return its properties, none if the source has not been read
	 */
	public ConfigValues of(String source) {
		return this.values.getOrDefault(source, ConfigValues.NONE);
	}

	/**
	 * Return the properties whose value differs from that in another configuration.
	 * @param other the other configuration
	 * @return their names, including those that only one of both contains
	 */
	Set<String> differences(Configuration other) {
		Set<String> names = new LinkedHashSet<>();
		Set<String> sources = new LinkedHashSet<>(this.values.keySet());
		sources.addAll(other.values.keySet());
		sources.forEach((source) -> names.addAll(of(source).differences(other.of(source))));
		return names;
	}

	@Override
	public String toString() {
		return "Configuration[revision=" + this.revision + ", sources=" + this.values.keySet() + "]";
	}

}
