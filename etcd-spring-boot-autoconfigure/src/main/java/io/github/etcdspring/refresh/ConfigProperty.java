package io.github.etcdspring.refresh;

import org.springframework.boot.origin.Origin;

/**
 * A property with the key that it comes from.
 *
 * @param value its value, a string or another scalar of a document
 * @param origin the key it comes from
 */
public record ConfigProperty(Object value, Origin origin) {

	@Override
	public String toString() {
		return "ConfigProperty[" + this.origin + "]";
	}

}
