package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * A property with its name, as written and as Spring Boot understands it.
 *
 * @param name the name as written
 * @param identity what all spellings of the name have in common
 * @param lists identities of the lists that the property is an element of
 * @param property the property
 */
record NamedProperty(String name, Object identity, List<Object> lists, ConfigProperty property) {

	private static final Pattern INDEX = Pattern.compile("\\[\\d++\\]");

	static NamedProperty of(String name, ConfigProperty property) {
		return new NamedProperty(name, identity(name), lists(name), property);
	}

	/**
	 * The key that the property comes from.
	 * @return the key, {@code null} if it comes from elsewhere
	 */
	@Nullable KeyOrigin key() {
		return (this.property.origin() instanceof KeyOrigin key) ? key : null;
	}

	/**
	 * The same property with another value.
	 * @param value the value
	 * @return the property
	 */
	NamedProperty with(Object value) {
		return new NamedProperty(this.name, this.identity, this.lists,
				new ConfigProperty(value, this.property.origin()));
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

	private static List<Object> lists(String name) {
		if (name.indexOf('[') < 0) {
			return List.of();
		}
		List<Object> lists = new ArrayList<>();
		Matcher index = INDEX.matcher(name);
		while (index.find()) {
			lists.add(identity(name.substring(0, index.start())));
		}
		return lists;
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
	 * Whether a property of higher precedence stands in place of this one. A list is
	 * replaced as a whole, as between the files of an application.
	 * @param others names and lists of what has higher precedence
	 * @return {@code true} if this one does not count
	 */
	boolean isReplacedBy(Set<Object> others) {
		return others.contains(this.identity) || this.lists.stream().anyMatch(others::contains);
	}

}
