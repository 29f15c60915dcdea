package io.github.etcdspring.refresh;

import org.springframework.boot.origin.Origin;

/**
 * A property with the key that it was read from.
 *
 * @param value the value, a string or another scalar of a document
 * @param origin the key
 */
public record ConfigProperty(Object value, Origin origin) {

	@Override
	public String toString() {
		return "ConfigProperty[" + this.origin + "]";
	}

}
