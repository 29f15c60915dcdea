package io.github.etcdspring.registry;

import io.etcd.jetcd.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * Override with its key in etcd. Internal: public only for the catalog.
 *
 * @param override the override
 * @param entry its key, {@code null} if it was read from a snapshot file
 * @param deleted whether the key was deleted, perhaps with the lease of the instance
 */
public record StoredOverride(InstanceOverride override, @Nullable KeyValue entry, boolean deleted) {

	StoredOverride(InstanceOverride override, KeyValue entry) {
		this(override, entry, false);
	}

	/**
	 * Create an override that was read from a snapshot file.
	 * @param override the override
	 * @return the override without a key
	 */
	public static StoredOverride saved(InstanceOverride override) {
		return new StoredOverride(override, null, false);
	}

	/** Whether the instance has bound the override to its lease. */
	boolean isBound() {
		return this.entry != null && this.entry.getLease() != 0;
	}

	StoredOverride asDeleted() {
		return new StoredOverride(this.override, this.entry, true);
	}

	/**
	 * Return whether the override was made for an instance, rather than for an earlier
	 * process with the same instance id.
	 * @param created revision at which the key of the instance was created
	 * @param lease lease of the key of the instance, 0 if it has none
	 * @return {@code true} if it is newer than the instance, or ends with it. Unknown,
	 * and {@code true}, if it was deleted: the instance may write it again
	 */
	public boolean isFor(long created, long lease) {
		return this.deleted || this.entry == null || this.entry.getModRevision() > created
				|| (lease != 0 && this.entry.getLease() == lease);
	}

}
