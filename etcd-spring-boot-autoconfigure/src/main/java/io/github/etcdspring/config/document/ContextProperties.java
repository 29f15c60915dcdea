package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of one context say, together with what it takes to tell cheaply what they
 * say after a change.
 *
 * @param entries the keys
 * @param parts what each of them says
 * @param properties the properties by name
 */
record ContextProperties(Map<ByteSequence, KeyValue> entries, Map<ByteSequence, List<List<NamedProperty>>> parts,
		Map<String, ConfigProperty> properties) {

	static final ContextProperties NONE = new ContextProperties(Map.of(), Map.of(), Map.of());

	/**
	 * The properties of other keys. Where several documents give a property, the last of
	 * them in alphabetical order wins, and a key of its own wins over them all.
	 * @param entries the keys
	 * @param prefix the prefix of the context
	 * @param reader makes properties of what is not known yet
	 * @return the properties, these themselves if no key has changed
	 * @throws RejectedCandidateException if a key cannot be used
	 */
	ContextProperties replacedBy(Map<ByteSequence, KeyValue> entries, String prefix, EntryReader reader)
			throws RejectedCandidateException {
		if (entries.size() == this.entries.size()
				&& entries.entrySet().stream().allMatch((entry) -> isKnown(entry.getKey(), entry.getValue()))) {
			return this;
		}
		Map<ByteSequence, List<List<NamedProperty>>> next = new HashMap<>();
		List<List<NamedProperty>> layers = new ArrayList<>();
		SingleKeys singleKeys = new SingleKeys();
		for (Entry entry : sorted(entries)) {
			String path = path(entry, prefix);
			if (path == null) {
				throw new RejectedCandidateException(entry.origin(), "the key is not UTF-8; delete it");
			}
			List<List<NamedProperty>> parts = (isKnown(entry.key(), entry.keyValue())) ? this.parts.get(entry.key())
					: null;
			if (parts == null) {
				parts = reader.read(path, entry.keyValue().getValue().getBytes(), entry.origin());
			}
			next.put(entry.key(), parts);
			if (DocumentFormat.of(path) != null) {
				layers.addAll(parts);
			}
			else {
				singleKeys.add(parts);
			}
		}
		layers.add(singleKeys.properties());
		Collections.reverse(layers);
		return new ContextProperties(entries, next, Layers.flatten(layers));
	}

	/**
	 * In another history of the store a key may have the same revision with another
	 * value.
	 */
	private boolean isKnown(ByteSequence key, KeyValue keyValue) {
		KeyValue known = this.entries.get(key);
		return known == keyValue || (known != null && known.getModRevision() == keyValue.getModRevision()
				&& known.getValue().equals(keyValue.getValue()));
	}

	private static @Nullable String path(Entry entry, String prefix) {
		String key = KeyText.decode(entry.bytes());
		return (key != null) ? key.substring(prefix.length()) : null;
	}

	private static List<Entry> sorted(Map<ByteSequence, KeyValue> entries) {
		List<Entry> sorted = new ArrayList<>(entries.size());
		entries.forEach((key, keyValue) -> sorted.add(new Entry(key, key.getBytes(), keyValue)));
		sorted.sort((one, other) -> Arrays.compareUnsigned(one.bytes(), other.bytes()));
		return sorted;
	}

	private record Entry(ByteSequence key, byte[] bytes, KeyValue keyValue) {

		KeyOrigin origin() {
			return new KeyOrigin(KeyText.printable(this.bytes), this.keyValue.getModRevision());
		}

	}

}
