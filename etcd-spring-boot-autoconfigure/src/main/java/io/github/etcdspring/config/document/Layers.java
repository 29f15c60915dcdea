package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.OverlayMap;

/**
 * Documents merged as Spring Boot merges files.
 *
 * @param properties the properties by name
 * @param seen the same properties, with the shapes in the part of each
 */
record Layers(OverlayMap<String, ConfigProperty> properties, List<Seen> seen) {

	static final Layers NONE = new Layers(OverlayMap.of(Map.of()), List.of());

	/**
	 * Merge documents.
	 * @param documents the documents in ascending precedence
	 * @return the properties
	 */
	static Layers of(Collection<ContextProperties.Document> documents) {
		List<List<NamedProperty>> parts = documents.stream().flatMap((document) -> document.parts().stream()).toList();
		Map<String, ConfigProperty> properties = new LinkedHashMap<>();
		List<Seen> all = new ArrayList<>();
		Set<Object> names = new HashSet<>();
		Map<Object, Shape> above = new HashMap<>();
		for (int i = parts.size() - 1; i >= 0; i--) {
			Map<Object, Shape> shapes = shapes(parts.get(i));
			List<NamedProperty> seen = parts.get(i)
				.stream()
				.filter((property) -> !property.isReplacedBy(shapes, names, above))
				.toList();
			for (NamedProperty property : seen) {
				properties.put(property.name(), property.property());
				names.add(property.identity());
				all.add(new Seen(property, shapes));
			}
			shapes(seen).forEach((owner, shape) -> above.merge(owner, shapes.getOrDefault(owner, shape), Shape::max));
		}
		return new Layers(OverlayMap.of(properties), all);
	}

	static Map<Object, Shape> shapes(Collection<NamedProperty> layer) {
		Map<Object, Shape> shapes = new HashMap<>();
		for (NamedProperty property : layer) {
			for (NamedProperty.Index index : property.indexes()) {
				shapes.merge(index.owner(), index.shape(), Shape::max);
			}
		}
		return shapes;
	}

	/**
	 * A property that no other document replaces.
	 *
	 * @param property the property
	 * @param shapes the shapes in its part
	 */
	record Seen(NamedProperty property, Map<Object, Shape> shapes) {

	}

}
