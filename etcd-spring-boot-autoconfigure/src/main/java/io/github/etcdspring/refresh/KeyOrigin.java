package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginProvider;
import org.springframework.boot.origin.TextResourceOrigin.Location;
import org.springframework.core.env.Environment;

/**
 * Origin of a property: its key in etcd, with the revision and the location in a
 * document.
 *
 * @param key the key, in a printable form
 * @param revision revision of the store at which the value was put. A property of a
 * document may keep its revision if only other properties of the document change
 * @param location location in the document, {@code null} for a single value
 */
public record KeyOrigin(String key, long revision, @Nullable Location location) implements Origin {

	private static final int MAX_CHAIN_LENGTH = 20;

	/**
	 * Create the origin of a single value.
	 * @param key the key, in a printable form
	 * @param revision revision of the store at which the key was last put
	 */
	public KeyOrigin(String key, long revision) {
		this(key, revision, null);
	}

	/**
	 * Return the origin of a location in the document under this key.
	 * @param location the location, {@code null} if it is not known
	 * @return the origin
	 */
	public KeyOrigin at(@Nullable Location location) {
		return new KeyOrigin(this.key, this.revision, location);
	}

	/**
	 * Find the key behind an origin, which may be wrapped.
	 * @param origin the origin
	 * @return the key, {@code null} if it does not come from etcd
	 */
	public static @Nullable KeyOrigin of(@Nullable Origin origin) {
		Origin current = origin;
		for (int i = 0; current != null && i < MAX_CHAIN_LENGTH; i++) {
			if (current instanceof KeyOrigin key) {
				return key;
			}
			Origin provided = (current instanceof OriginProvider provider) ? provider.getOrigin() : null;
			current = (provided != null) ? provided : current.getParent();
		}
		return null;
	}

	/**
	 * Find the key that a property of an environment comes from.
	 * @param environment the environment
	 * @param name the name of the property in any of its spellings
	 * @return the key, {@code null} if the property does not come from etcd
	 */
	public static @Nullable KeyOrigin of(Environment environment, ConfigurationPropertyName name) {
		ConfigurationProperty property = CandidateEnvironment.property(environment, name);
		return (property != null) ? of(property.getOrigin()) : null;
	}

	@Override
	public String toString() {
		// a proposed value has no revision yet
		String text = "etcd key " + this.key + ((this.revision > 0) ? " at revision " + this.revision : "");
		return (this.location != null) ? text + " - " + this.location : text;
	}

}
