package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

import io.etcd.jetcd.ByteSequence;
import org.jspecify.annotations.Nullable;

/**
 * A parsed document.
 *
 * @param value the bytes
 * @param parts the properties of its parts, in ascending precedence
 * @param yaml the text, {@code null} if changes cannot be parsed incrementally
 */
record Document(ByteSequence value, List<List<NamedProperty>> parts, @Nullable YamlText yaml) {

	/**
	 * Reuse the unchanged properties of the previous document. They keep the revision at
	 * which they were read, so that a comparison finds the same objects.
	 * @param former the previous document
	 * @return this document with reused properties, or this instance if any name differs
	 */
	Document sharing(Document former) {
		if (!hasSameNames(former)) {
			return this;
		}
		List<List<NamedProperty>> shared = new ArrayList<>(this.parts.size());
		for (int i = 0; i < this.parts.size(); i++) {
			List<NamedProperty> part = new ArrayList<>(this.parts.get(i).size());
			for (int j = 0; j < this.parts.get(i).size(); j++) {
				NamedProperty known = former.parts.get(i).get(j);
				NamedProperty next = this.parts.get(i).get(j);
				part.add((next.isSameAs(known)) ? known : next);
			}
			shared.add(part);
		}
		return new Document(this.value, shared, this.yaml);
	}

	/**
	 * Find the properties with a changed value or location.
	 * @param former the previous document
	 * @return the changes, {@code null} if any name differs
	 */
	@Nullable List<Change> changesSince(Document former) {
		if (!hasSameNames(former)) {
			return null;
		}
		List<Change> changes = new ArrayList<>();
		for (int i = 0; i < this.parts.size(); i++) {
			for (int j = 0; j < this.parts.get(i).size(); j++) {
				NamedProperty known = former.parts.get(i).get(j);
				NamedProperty next = this.parts.get(i).get(j);
				if (known != next) {
					changes.add(new Change(known, next));
				}
			}
		}
		return changes;
	}

	private boolean hasSameNames(Document other) {
		return areSame(this.parts, other.parts, (part, another) -> areSame(part, another, NamedProperty::hasSameName));
	}

	static <T> boolean areSame(List<T> some, List<T> others, BiPredicate<T, T> same) {
		return some.size() == others.size()
				&& IntStream.range(0, some.size()).allMatch((i) -> same.test(some.get(i), others.get(i)));
	}

	/**
	 * A property with a changed value or location.
	 *
	 * @param former the previous property
	 * @param next the current property
	 */
	record Change(NamedProperty former, NamedProperty next) {

	}

}
