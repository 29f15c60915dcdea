package io.github.etcdspring.refresh;

import org.springframework.boot.origin.Origin;

/**
 * A property that etcd holds.
 *
 * @param value its value, a string or what a document says: a number, a truth value
 * @param origin the key it comes from
 */
public record ConfigProperty(Object value, Origin origin) {

	@Override
	public String toString() {
		return "ConfigProperty[" + this.origin + "]";
	}

}
