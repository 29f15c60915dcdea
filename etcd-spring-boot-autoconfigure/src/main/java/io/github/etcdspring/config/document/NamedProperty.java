package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * A property with its name, as written and as Spring Boot understands it.
 *
 * @param name the name as written
 * @param identity what all spellings of the name have in common
 * @param indexes the numeric indexes in the name, with the list or map that each belongs
 * to
 * @param property the property
 */
record NamedProperty(String name, Object identity, List<Index> indexes, ConfigProperty property) {

	private static final Pattern INDEX = Pattern.compile("\\[(\\d++)\\]");

	static NamedProperty of(String name, ConfigProperty property) {
		return of(name, property, Map.of());
	}

	/**
	 * Create a property of a document that tells lists from maps with numeric keys.
	 * @param name the name as written
	 * @param property the property
	 * @param shapes the lists and maps of the document by name
	 * @return the property
	 */
	static NamedProperty of(String name, ConfigProperty property, Map<String, Shape> shapes) {
		return new NamedProperty(name, identity(name), indexes(name, shapes), property);
	}

	/**
	 * The key that the property comes from.
	 * @return the key, {@code null} if it comes from elsewhere
	 */
	@Nullable KeyOrigin key() {
		return (this.property.origin() instanceof KeyOrigin key) ? key : null;
	}

	/**
	 * The place in a document.
	 * @return the place, {@code null} if it is not known
	 */
	@Nullable Location location() {
		KeyOrigin key = key();
		return (key != null) ? key.location() : null;
	}

	/**
	 * The same name with another value.
	 * @param property the value
	 * @return the property
	 */
	NamedProperty with(ConfigProperty property) {
		return new NamedProperty(this.name, this.identity, this.indexes, property);
	}

	boolean hasSameName(NamedProperty other) {
		return this == other || (this.name.equals(other.name) && this.indexes.equals(other.indexes));
	}

	/** Whether all but the revision of the key is the same. */
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
	 * Spring Boot drops other letters, so that names made of them would all be the same.
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
	 * Whether the property is in a part of the name space.
	 * @param root the name of that part
	 * @return {@code true} if it is the root itself or below
	 */
	boolean isWithin(ConfigurationPropertyName root) {
		return this.identity instanceof ConfigurationPropertyName own && (root.equals(own) || root.isAncestorOf(own));
	}

	/**
	 * Whether this is a property, or an element of the list that it is.
	 * @param property the name of the property
	 * @return {@code true} if it is
	 */
	boolean is(ConfigurationPropertyName property) {
		return this.identity instanceof ConfigurationPropertyName own
				&& (property.equals(own) || (property.isParentOf(own) && own.isLastElementIndexed()));
	}

	/**
	 * Whether a property of higher precedence replaces this one, as between the files of
	 * an application: a list is replaced as a whole, maps are merged.
	 * @param shapes shapes of the layer that the property belongs to
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
	 * What numeric indexes such as {@code [404]} stand for, in ascending order of
	 * certainty that it is a list. Spring Boot binds a list from index 0 of one source,
	 * and a map from all sources.
	 */
	enum Shape {

		/** A map with numeric keys, or a list without its first element. */
		MAP,

		/** Either of them; only the type that it is bound to could tell. */
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
	 * @param shape what the index says about its owner
	 */
	record Index(Object owner, Shape shape) {

	}

}
