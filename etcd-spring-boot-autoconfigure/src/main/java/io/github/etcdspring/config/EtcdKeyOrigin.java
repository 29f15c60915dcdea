package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * The key in etcd that a property comes from.
 *
 * @param key the key, in a form that can be printed
 * @param revision revision of the store at which the key was last put
 * @param location where in the document that the key holds, {@code null} if it holds none
 */
record EtcdKeyOrigin(String key, long revision, @Nullable Location location) implements Origin {

	EtcdKeyOrigin(String key, long revision) {
		this(key, revision, null);
	}

	/**
	 * A place in the document that the key holds.
	 * @param location the place, {@code null} if it is not known
	 * @return the origin that says so
	 */
	EtcdKeyOrigin at(@Nullable Location location) {
		return new EtcdKeyOrigin(this.key, this.revision, location);
	}

	@Override
	public String toString() {
		String text = "etcd key " + this.key + " at revision " + this.revision;
		return (this.location != null) ? text + " - " + this.location : text;
	}

}
