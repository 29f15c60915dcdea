package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * A property with its name as written and as interpreted by Spring Boot.
 *
 * @param name the name as written
 * @param identity the canonical name, equal for all relaxed spellings
 * @param indexes the numeric indexes in the name, with the list or map that each belongs
 * to
 * @param property the property
 */
record NamedProperty(String name, Object identity, List<Index> indexes, Property property) {

	private static final Pattern INDEX = Pattern.compile("\\[(\\d++)\\]");

	static NamedProperty of(String name, Property property) {
		return of(name, property, Map.of());
	}

	/**
	 * Create a property of a document that distinguishes lists from maps with numeric
	 * keys.
	 * @param name the name as written
	 * @param property the property
	 * @param shapes the lists and maps of the document by name
	 * @return the property
	 */
	static NamedProperty of(String name, Property property, Map<String, Shape> shapes) {
		return new NamedProperty(name, identity(name), indexes(name, shapes), property);
	}

	/**
	 * Return the key of the property.
	 * @return the key, {@code null} if the property is not from etcd
	 */
	@Nullable KeyOrigin key() {
		return (this.property.origin() instanceof KeyOrigin key) ? key : null;
	}

	/**
	 * Return the location within the document.
	 * @return the location, {@code null} if it is unknown
	 */
	@Nullable Location location() {
		KeyOrigin key = key();
		return (key != null) ? key.location() : null;
	}

	/**
	 * Return a property with the same name and another value.
	 * @param property the value
	 * @return the property
	 */
	NamedProperty with(Property property) {
		return new NamedProperty(this.name, this.identity, this.indexes, property);
	}

	boolean hasSameName(NamedProperty other) {
		return this == other || (this.name.equals(other.name) && this.indexes.equals(other.indexes));
	}

	/** Whether everything except the revision of the key is the same. */
	boolean isSameAs(NamedProperty other) {
		return this == other
				|| (hasSameName(other) && this.property.value().equals(other.property.value()) && isAtPlaceOf(other));
	}

	private boolean isAtPlaceOf(NamedProperty other) {
		KeyOrigin own = key();
		KeyOrigin others = other.key();
		return own != null && others != null && own.key().equals(others.key())
				&& Objects.equals(own.location(), others.location());
	}

	private static Object identity(String name) {
		return (isRelaxed(name)) ? ConfigurationPropertyName.adapt(name, '.') : name;
	}

	/**
	 * Spring Boot drops other characters, so that different names would become equal.
	 */
	private static boolean isRelaxed(String name) {
		int depth = 0;
		for (int i = 0; i < name.length(); i++) {
			char character = name.charAt(i);
			if (character == '[' || character == ']') {
				depth += (character == '[') ? 1 : -1;
			}
			else if (depth == 0 && (character > 0x7f || !Character.isLetterOrDigit(character))
					&& "._-".indexOf(character) < 0) {
				return false;
			}
		}
		return depth == 0;
	}

	private static List<Index> indexes(String name, Map<String, Shape> shapes) {
		if (name.indexOf('[') < 0) {
			return List.of();
		}
		List<Index> indexes = new ArrayList<>();
		Matcher matcher = INDEX.matcher(name);
		while (matcher.find()) {
			String owner = name.substring(0, matcher.start());
			boolean first = "0".equals(matcher.group(1));
			indexes
				.add(new Index(identity(owner), shapes.getOrDefault(owner, (first) ? Shape.LIST_OR_MAP : Shape.MAP)));
		}
		return indexes;
	}

	/**
	 * Whether the property is a given property or a descendant of it.
	 * @param root the name of the given property
	 * @return {@code true} if it is the root or below it
	 */
	boolean isWithin(ConfigurationPropertyName root) {
		return this.identity instanceof ConfigurationPropertyName own && (root.equals(own) || root.isAncestorOf(own));
	}

	/**
	 * Whether this is a given property, or an element of it if it is a list.
	 * @param property the name of the given property
	 * @return {@code true} if it is
	 */
	boolean is(ConfigurationPropertyName property) {
		return this.identity instanceof ConfigurationPropertyName own
				&& (property.equals(own) || (property.isParentOf(own) && own.isLastElementIndexed()));
	}

	/**
	 * Whether a property of higher precedence replaces this one. Lists are replaced as a
	 * whole and maps are merged, as in the files of an application.
	 * @param shapes shapes of the layer of this property
	 * @param names identities of the properties of higher precedence
	 * @param above shapes of the layers of higher precedence
	 * @return {@code true} if this property has no effect
	 */
	boolean isReplacedBy(Map<Object, Shape> shapes, Set<Object> names, Map<Object, Shape> above) {
		if (names.contains(this.identity) || above.getOrDefault(this.identity, Shape.MAP) != Shape.MAP) {
			return true;
		}
		for (Index index : this.indexes) {
			Shape own = shapes.getOrDefault(index.owner(), index.shape());
			Shape other = above.get(index.owner());
			if ((own != Shape.MAP && names.contains(index.owner())) || (other != null && !own.mergesWith(other))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The meaning of numeric indexes such as {@code [404]}, in ascending order of
	 * certainty that they are those of a list. Spring Boot binds a list from index 0 of
	 * one source, and a map from all sources.
	 */
	enum Shape {

		/** A map with numeric keys, or a list without its first element. */
		MAP,

		/** A list or a map, depending on the type to which it is bound. */
		LIST_OR_MAP,

		/** A list. */
		LIST;

		boolean mergesWith(Shape other) {
			return this != LIST && other != LIST && (this == MAP || other == MAP);
		}

		static Shape max(Shape one, Shape other) {
			return (one.compareTo(other) >= 0) ? one : other;
		}

	}

	/**
	 * A numeric index in the name of a property.
	 *
	 * @param owner identity of the list or map
	 * @param shape the shape of the owner according to the index
	 */
	record Index(Object owner, Shape shape) {

	}

}
