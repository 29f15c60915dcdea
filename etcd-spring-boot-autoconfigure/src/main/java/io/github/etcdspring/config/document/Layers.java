package io.github.etcdspring.config.document;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.refresh.ConfigProperty;

/**
 * Properties one above the other, as if each layer were a property source of its own.
 */
final class Layers {

	private Layers() {
	}

	/**
	 * What is seen from above.
	 * @param layers the layers in descending precedence
	 * @return the properties by name, unmodifiable
	 */
	static Map<String, ConfigProperty> flatten(List<List<NamedProperty>> layers) {
		Map<String, ConfigProperty> properties = new LinkedHashMap<>();
		Set<Object> above = new HashSet<>();
		for (List<NamedProperty> layer : layers) {
			List<NamedProperty> seen = layer.stream().filter((property) -> !property.isReplacedBy(above)).toList();
			for (NamedProperty property : seen) {
				properties.put(property.name(), property.property());
				above.add(property.identity());
				above.addAll(property.lists());
			}
		}
		return Collections.unmodifiableMap(properties);
	}

}
