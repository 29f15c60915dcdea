package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.OverlayMap;

/**
 * The documents of a context, merged as Spring Boot merges files.
 *
 * @param properties the effective properties by name
 * @param effective the same properties with the shapes of their document parts; the
 * values may be outdated
 */
record MergedDocuments(OverlayMap<String, ConfigProperty> properties, List<Effective> effective) {

	static final MergedDocuments NONE = new MergedDocuments(OverlayMap.of(Map.of()), List.of());

	/**
	 * Merge documents.
	 * @param documents the documents in ascending precedence
	 * @return the merged documents
	 */
	static MergedDocuments of(Collection<Document> documents) {
		List<List<NamedProperty>> parts = documents.stream().flatMap((document) -> document.parts().stream()).toList();
		Map<String, ConfigProperty> properties = new LinkedHashMap<>();
		List<Effective> all = new ArrayList<>();
		Set<Object> names = new HashSet<>();
		Map<Object, Shape> above = new HashMap<>();
		for (int i = parts.size() - 1; i >= 0; i--) {
			Map<Object, Shape> shapes = shapes(parts.get(i));
			List<NamedProperty> effective = parts.get(i)
				.stream()
				.filter((property) -> !property.isReplacedBy(shapes, names, above))
				.toList();
			for (NamedProperty property : effective) {
				properties.put(property.name(), property.property());
				names.add(property.identity());
				all.add(new Effective(property, shapes));
			}
			shapes(effective)
				.forEach((owner, shape) -> above.merge(owner, shapes.getOrDefault(owner, shape), Shape::max));
		}
		return new MergedDocuments(OverlayMap.of(properties), all);
	}

	/**
	 * Replace values.
	 * @param changes changed properties, with the same names as before
	 * @return the merged documents
	 */
	MergedDocuments with(List<Document.Change> changes) {
		return new MergedDocuments(replace(this.properties, changes), this.effective);
	}

	/** Replaces a property only if the map contains the previous one. */
	static OverlayMap<String, ConfigProperty> replace(OverlayMap<String, ConfigProperty> properties,
			List<Document.Change> changes) {
		Map<String, Optional<ConfigProperty>> replaced = new LinkedHashMap<>();
		for (Document.Change change : changes) {
			if (properties.get(change.former().name()) == change.former().property()) {
				replaced.put(change.former().name(), Optional.of(change.next().property()));
			}
		}
		return properties.with(replaced);
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
	 * @param shapes the shapes in its document part
	 */
	record Effective(NamedProperty property, Map<Object, Shape> shapes) {

	}

}
