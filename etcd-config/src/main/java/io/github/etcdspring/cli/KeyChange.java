package io.github.etcdspring.cli;

import java.util.Locale;

import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigEntry;
import org.jspecify.annotations.Nullable;

/**
 * Change of a key that makes etcd equal to the directory.
 *
 * @param key the key
 * @param stored the key in etcd, {@code null} if it does not exist
 * @param value value of the file, {@code null} if it does not exist
 */
record KeyChange(String key, @Nullable ConfigEntry stored, @Nullable String value) {

	Kind kind() {
		if (this.stored == null) {
			return Kind.ADDED;
		}
		return (this.value != null) ? Kind.CHANGED : Kind.DELETED;
	}

	/**
	 * Return the change on condition that the key is as it was read.
	 * @return the change
	 */
	ConfigChange conditional() {
		ConfigChange change = (this.value != null) ? ConfigChange.put(this.key, this.value)
				: ConfigChange.delete(this.key);
		return change.ifRevision((this.stored != null) ? this.stored.revision() : 0);
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return kind() + " " + this.key;
	}

	/**
	 * Kind of a change.
	 */
	enum Kind {

		/** The key exists only in the directory. */
		ADDED,

		/** The values differ. */
		CHANGED,

		/** The key exists only in etcd. */
		DELETED;

		@Override
		public String toString() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
