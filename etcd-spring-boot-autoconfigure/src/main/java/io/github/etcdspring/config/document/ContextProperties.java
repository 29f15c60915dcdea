package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.OverlayMap;
import io.github.etcdspring.refresh.RejectedConfigurationException;

/**
 * The properties of one context, in which single keys take precedence over documents.
 * Immutable; unchanged parts are shared with the previous instance.
 *
 * @param documents the documents in the order of their keys
 * @param merged the properties of all documents
 * @param singleKeys the properties of single keys by key
 * @param identities the properties of single keys by identity
 * @param single the properties of single keys by name
 * @param visible the properties of documents that no single key hides
 */
record ContextProperties(SortedMap<byte[], Document> documents, MergedDocuments merged,
		OverlayMap<ByteSequence, NamedProperty> singleKeys, OverlayMap<Object, NamedProperty> identities,
		OverlayMap<String, Property> single, OverlayMap<String, Property> visible) {

	static final ContextProperties NONE = new ContextProperties(new TreeMap<>(Arrays::compareUnsigned),
			MergedDocuments.NONE, OverlayMap.of(Map.of()), OverlayMap.of(Map.of()), OverlayMap.of(Map.of()),
			OverlayMap.of(Map.of()));

	List<Map<String, Property>> layers() {
		return List.of(this.single, this.visible);
	}

	/**
	 * Apply changes. If several documents have the same property, the last of them in the
	 * order of keys takes precedence. Single keys take precedence over all documents.
	 * @param changed the keys that were put or deleted
	 * @param prefix the prefix of the context
	 * @param reader reads keys
	 * @return the new properties, this instance if no key has changed
	 * @throws RejectedConfigurationException if a key is invalid
	 */
	ContextProperties replacedBy(Map<ByteSequence, Optional<KeyValue>> changed, String prefix, PropertyReader reader)
			throws RejectedConfigurationException {
		if (changed.isEmpty()) {
			return this;
		}
		SortedMap<byte[], Document> documents = this.documents;
		List<Document.Change> values = new ArrayList<>();
		boolean names = false;
		Map<ByteSequence, Optional<NamedProperty>> singleKeys = new LinkedHashMap<>();
		for (Entry entry : sorted(changed)) {
			if (entry.keyValue().isEmpty()) {
				if (documents.containsKey(entry.bytes())) {
					documents = copy(documents);
					documents.remove(entry.bytes());
					names = true;
				}
				else {
					singleKeys.put(entry.key(), Optional.empty());
				}
				continue;
			}
			KeyValue keyValue = entry.keyValue().get();
			String key = PropertyKey.decode(entry.key());
			if (key == null) {
				throw new RejectedConfigurationException(entry.origin(), "the key is not UTF-8; delete it");
			}
			String path = key.substring(prefix.length());
			DocumentFormat format = DocumentFormat.of(path);
			if (format == null) {
				singleKeys.put(entry.key(), reader.read(path, keyValue.getValue(), entry.origin()));
				continue;
			}
			Document known = documents.get(entry.bytes());
			if (known == null || !known.value().equals(keyValue.getValue())) {
				Document document = reader.read(format, path, keyValue.getValue(), entry.origin(), known);
				List<Document.Change> changes = (known != null) ? document.changesSince(known) : null;
				names |= changes == null;
				values.addAll((changes != null) ? changes : List.of());
				documents = copy(documents);
				documents.put(entry.bytes(), document);
			}
		}
		return ((names) ? with(documents, MergedDocuments.of(documents.values())) : with(documents, values))
			.with(singleKeys, names);
	}

	private SortedMap<byte[], Document> copy(SortedMap<byte[], Document> documents) {
		return (documents == this.documents) ? new TreeMap<>(documents) : documents;
	}

	private ContextProperties with(SortedMap<byte[], Document> documents, MergedDocuments merged) {
		return new ContextProperties(documents, merged, this.singleKeys, this.identities, this.single,
				merged.properties());
	}

	private ContextProperties with(SortedMap<byte[], Document> documents, List<Document.Change> values) {
		MergedDocuments merged = this.merged.with(values);
		OverlayMap<String, Property> visible = (this.visible == this.merged.properties()) ? merged.properties()
				: MergedDocuments.replace(this.visible, values);
		return new ContextProperties(documents, merged, this.singleKeys, this.identities, this.single, visible);
	}

	private ContextProperties with(Map<ByteSequence, Optional<NamedProperty>> changed, boolean documentsChanged)
			throws RejectedConfigurationException {
		Map<Object, Optional<NamedProperty>> identities = new LinkedHashMap<>();
		Map<String, Optional<Property>> single = new LinkedHashMap<>();
		for (ByteSequence key : changed.keySet()) {
			NamedProperty former = this.singleKeys.get(key);
			if (former != null) {
				identities.put(former.identity(), Optional.empty());
				single.put(former.name(), Optional.empty());
			}
		}
		for (Optional<NamedProperty> put : changed.values()) {
			if (put.isPresent()) {
				NamedProperty property = put.get();
				NamedProperty other = identities
					.getOrDefault(property.identity(), Optional.ofNullable(this.identities.get(property.identity())))
					.orElse(null);
				if (other != null) {
					throw new RejectedConfigurationException(property.key(), property.name()
							+ " duplicates the property of " + other.key() + "; delete one of the keys");
				}
				identities.put(property.identity(), put);
				single.put(property.name(), Optional.of(property.property()));
			}
		}
		OverlayMap<Object, NamedProperty> next = this.identities.with(identities);
		boolean namesChanged = single.entrySet()
			.stream()
			.anyMatch((change) -> change.getValue().isPresent() != this.single.containsKey(change.getKey()));
		return new ContextProperties(this.documents, this.merged, this.singleKeys.with(changed), next,
				this.single.with(single), (documentsChanged || namesChanged) ? visible(next) : this.visible);
	}

	/** Returns the current map if the same properties are hidden. */
	private OverlayMap<String, Property> visible(OverlayMap<Object, NamedProperty> singleKeys) {
		Map<String, Optional<Property>> hidden = new HashMap<>();
		if (!singleKeys.isEmpty()) {
			Map<Object, Shape> shapes = MergedDocuments.shapes(singleKeys.values());
			for (MergedDocuments.Effective effective : this.merged.effective()) {
				if (effective.property().isReplacedBy(effective.shapes(), singleKeys.keySet(), shapes)) {
					hidden.put(effective.property().name(), Optional.empty());
				}
			}
		}
		OverlayMap<String, Property> next = this.merged.properties().with(hidden);
		return (next.equals(this.visible)) ? this.visible : next;
	}

	private static List<Entry> sorted(Map<ByteSequence, Optional<KeyValue>> changed) {
		List<Entry> sorted = new ArrayList<>(changed.size());
		changed.forEach((key, keyValue) -> sorted.add(new Entry(key, key.getBytes(), keyValue)));
		sorted.sort((one, other) -> Arrays.compareUnsigned(one.bytes(), other.bytes()));
		return sorted;
	}

	private record Entry(ByteSequence key, byte[] bytes, Optional<KeyValue> keyValue) {

		KeyOrigin origin() {
			return new KeyOrigin(PropertyKey.printable(this.key),
					this.keyValue.map(KeyValue::getModRevision).orElse(0L));
		}

	}

	/**
	 * The documents of a context, merged as Spring Boot merges files.
	 *
	 * @param properties the effective properties by name
	 * @param effective the same properties with the shapes of their document parts; the
	 * values may be outdated
	 */
	private record MergedDocuments(OverlayMap<String, Property> properties, List<Effective> effective) {

		static final MergedDocuments NONE = new MergedDocuments(OverlayMap.of(Map.of()), List.of());

		/**
		 * Merge documents.
		 * @param documents the documents in ascending precedence
		 * @return the merged documents
		 */
		static MergedDocuments of(Collection<Document> documents) {
			List<List<NamedProperty>> parts = documents.stream()
				.flatMap((document) -> document.parts().stream())
				.toList();
			Map<String, Property> properties = new LinkedHashMap<>();
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
		static OverlayMap<String, Property> replace(OverlayMap<String, Property> properties,
				List<Document.Change> changes) {
			Map<String, Optional<Property>> replaced = new LinkedHashMap<>();
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

}
