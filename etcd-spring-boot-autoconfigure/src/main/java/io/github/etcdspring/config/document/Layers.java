package io.github.etcdspring.config.document;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.config.document.NamedProperty.Shape;
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
		Set<Object> names = new HashSet<>();
		Map<Object, Shape> above = new HashMap<>();
		for (List<NamedProperty> layer : layers) {
			Map<Object, Shape> shapes = shapes(layer);
			List<NamedProperty> seen = layer.stream()
				.filter((property) -> !property.isReplacedBy(shapes, names, above))
				.toList();
			for (NamedProperty property : seen) {
				properties.put(property.name(), property.property());
				names.add(property.identity());
			}
			shapes(seen).forEach((owner, shape) -> above.merge(owner, shapes.getOrDefault(owner, shape), Shape::max));
		}
		return Collections.unmodifiableMap(properties);
	}

	private static Map<Object, Shape> shapes(List<NamedProperty> layer) {
		Map<Object, Shape> shapes = new HashMap<>();
		for (NamedProperty property : layer) {
			for (NamedProperty.Index index : property.indexes()) {
				shapes.merge(index.owner(), index.shape(), Shape::max);
			}
		}
		return shapes;
	}

}
