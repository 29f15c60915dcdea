package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;
import org.springframework.util.StringUtils;

/**
 * The properties of all imported sources at one revision of the store. Immutable and
 * thread-safe.
 *
 * @param revision revision of the store, 0 before the first read
 * @param values the properties of each source by the name of the property source,
 * unmodifiable
 */
public record Configuration(long revision, Map<String, Values> values) {

	/**
	 * The configuration before anything has been read.
	 */
	public static final Configuration NONE = new Configuration(0, Map.of());

	/**
	 * Return the properties of a source.
	 * @param source the name of the property source
	 * @return its properties, none if the source has not been read
	 */
	public Values of(String source) {
		return this.values.getOrDefault(source, Values.NONE);
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

	/**
	 * Properties of one source at one revision, in layers of descending precedence. An
	 * unchanged layer remains the same map, so that a comparison is proportional to the
	 * change.
	 */
	public static final class Values {

		/**
		 * No properties.
		 */
		public static final Values NONE = new Values(List.of(), new String[0], Set.of());

		private final List<Map<String, Property>> layers;

		private final String[] names;

		private final Set<String> withPlaceholders;

		private Values(List<Map<String, Property>> layers, String[] names, Set<String> withPlaceholders) {
			this.layers = layers;
			this.names = names;
			this.withPlaceholders = withPlaceholders;
		}

		/**
		 * Return the properties of the next revision.
		 * @param layers maps from name to property, the first of which has precedence;
		 * not modified afterwards
		 * @return these values if nothing has changed, else values that share the array
		 * of names if that has not changed, as Spring Boot compares it on each lookup
		 */
		public Values replacedBy(List<Map<String, Property>> layers) {
			if (layers.equals(this.layers)) {
				return this;
			}
			return new Values(List.copyOf(layers), (sameNames(layers)) ? this.names : names(layers),
					withPlaceholders(layers));
		}

		private Set<String> withPlaceholders(List<Map<String, Property>> next) {
			Set<String> changed = changed(next);
			Set<String> found = new HashSet<>();
			if (changed == null) {
				next.forEach((layer) -> addWithPlaceholders(layer.keySet(), next, found));
				return found;
			}
			if (changed.stream()
				.noneMatch((name) -> hasPlaceholder(name, next) != this.withPlaceholders.contains(name))) {
				return this.withPlaceholders;
			}
			found.addAll(this.withPlaceholders);
			found.removeAll(changed);
			addWithPlaceholders(changed, next, found);
			return found;
		}

		private static void addWithPlaceholders(Set<String> names, List<Map<String, Property>> layers,
				Set<String> found) {
			names.stream().filter((name) -> hasPlaceholder(name, layers)).forEach(found::add);
		}

		private static boolean hasPlaceholder(String name, List<Map<String, Property>> layers) {
			Property property = property(name, layers);
			return property != null && property.value() instanceof CharSequence text && text.toString().contains("${");
		}

		/** Returns the names that may differ, {@code null} if all of them may. */
		private @Nullable Set<String> changed(List<Map<String, Property>> next) {
			if (next.size() != this.layers.size()) {
				return null;
			}
			Set<String> changed = new HashSet<>();
			for (int i = 0; i < next.size(); i++) {
				if (next.get(i) != this.layers.get(i)) {
					Set<String> keys = (next.get(i) instanceof OverlayMap<String, Property> overlay)
							? overlay.changedKeys(this.layers.get(i)) : null;
					if (keys == null) {
						return null;
					}
					changed.addAll(keys);
				}
			}
			return changed;
		}

		private boolean sameNames(List<Map<String, Property>> next) {
			if (next.size() != this.layers.size()) {
				return false;
			}
			for (int i = 0; i < next.size(); i++) {
				if (!sameNames(next.get(i), this.layers.get(i))) {
					return false;
				}
			}
			return true;
		}

		private static boolean sameNames(Map<String, Property> one, Map<String, Property> other) {
			Set<String> changed = (one instanceof OverlayMap<String, Property> overlay) ? overlay.changedKeys(other)
					: null;
			return one == other || ((changed != null)
					? changed.stream().allMatch((name) -> one.containsKey(name) == other.containsKey(name))
					: one.keySet().equals(other.keySet()));
		}

		private static String[] names(List<Map<String, Property>> layers) {
			if (layers.size() == 1) {
				return StringUtils.toStringArray(layers.get(0).keySet());
			}
			List<String> names = new ArrayList<>(layers.stream().mapToInt(Map::size).sum());
			for (int i = 0; i < layers.size(); i++) {
				List<Map<String, Property>> above = layers.subList(0, i);
				for (String name : layers.get(i).keySet()) {
					if (above.stream().noneMatch((layer) -> layer.containsKey(name))) {
						names.add(name);
					}
				}
			}
			return StringUtils.toStringArray(names);
		}

		/**
		 * Return a property.
		 * @param name the name as written in the store
		 * @return the property, {@code null} if there is none
		 */
		public @Nullable Property get(String name) {
			return property(name, this.layers);
		}

		private static @Nullable Property property(String name, List<Map<String, Property>> layers) {
			for (Map<String, Property> layer : layers) {
				Property property = layer.get(name);
				if (property != null) {
					return property;
				}
			}
			return null;
		}

		/**
		 * Return the names of the properties.
		 * @return the names, which must not be modified
		 */
		public String[] names() {
			return this.names;
		}

		/**
		 * Return the names of the properties whose value has placeholders.
		 * @return the names
		 */
		Set<String> namesWithPlaceholders() {
			return this.withPlaceholders;
		}

		/**
		 * Return the properties whose value differs from that in other values.
		 * @param other the other values
		 * @return their names, including those that only one of both contains
		 */
		Set<String> differences(Values other) {
			if (other == this) {
				return new LinkedHashSet<>();
			}
			Set<String> names = new LinkedHashSet<>();
			int layers = Math.max(this.layers.size(), other.layers.size());
			for (int i = 0; i < layers; i++) {
				Map<String, Property> own = layer(this.layers, i);
				Map<String, Property> others = layer(other.layers, i);
				Set<String> changed = (own instanceof OverlayMap<String, Property> overlay)
						? overlay.changedKeys(others) : null;
				if (changed != null) {
					changed.stream()
						.filter((name) -> !Objects.equals(value(get(name)), value(other.get(name))))
						.forEach(names::add);
				}
				else if (own != others) {
					addDifferences(own, others, other, names);
					addDifferences(others, own, other, names);
				}
			}
			return names;
		}

		private void addDifferences(Map<String, Property> one, Map<String, Property> another, Values other,
				Set<String> names) {
			one.forEach((name, property) -> {
				if (another.get(name) != property && !Objects.equals(value(get(name)), value(other.get(name)))) {
					names.add(name);
				}
			});
		}

		private static Map<String, Property> layer(List<Map<String, Property>> layers, int index) {
			return (index < layers.size()) ? layers.get(index) : Map.of();
		}

		private static @Nullable Object value(@Nullable Property property) {
			return (property != null) ? property.value() : null;
		}

		@Override
		public String toString() {
			return "Values[" + this.names.length + " properties]";
		}

	}

	/**
	 * A property with the key that it was read from.
	 *
	 * @param value the value, a string or another scalar of a document
	 * @param origin the key
	 */
	public record Property(Object value, Origin origin) {

		@Override
		public String toString() {
			return "Property[" + this.origin + "]";
		}

	}

}
