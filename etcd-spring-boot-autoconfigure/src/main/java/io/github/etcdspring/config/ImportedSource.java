package io.github.etcdspring.config;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A property source that etcd fills, without its values.
 *
 * @param name name of the property source
 * @param properties where each property comes from, by its name
 * @since 0.1.0
 */
public record ImportedSource(String name, Map<String, ImportedProperty> properties) {

	static ImportedSource of(ConfigContext context, ConfigValues values) {
		Map<String, ImportedProperty> properties = new TreeMap<>();
		values.properties().forEach((name, property) -> {
			if (property.origin() instanceof EtcdKeyOrigin origin) {
				String location = (origin.location() != null) ? origin.location().toString() : null;
				properties.put(name, new ImportedProperty(origin.key(), origin.revision(), location));
			}
		});
		return new ImportedSource(context.sourceName(), Collections.unmodifiableMap(properties));
	}

	/**
	 * Where a property comes from.
	 *
	 * @param key the key in etcd
	 * @param modRevision revision at which the key was last put
	 * @param location line and column in the document that the key holds, {@code null} if
	 * it holds none
	 */
	public record ImportedProperty(String key, long modRevision, @Nullable String location) {

	}

}
