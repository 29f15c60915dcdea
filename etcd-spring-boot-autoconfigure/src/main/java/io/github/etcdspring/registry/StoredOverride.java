package io.github.etcdspring.registry;

import io.etcd.jetcd.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * Override with its key in etcd. Internal: public only for the catalog.
 *
 * @param override the override
 * @param entry its key, {@code null} if it was read from a snapshot file
 */
public record StoredOverride(InstanceOverride override, @Nullable KeyValue entry) {

	/**
	 * Return whether the override was made for an instance, rather than for an earlier
	 * process with the same instance id.
	 * @param created revision at which the key of the instance was created
	 * @param lease lease of the key of the instance, 0 if it has none
	 * @return {@code true} if it is newer than the instance, or ends with it
	 */
	public boolean isFor(long created, long lease) {
		return this.entry == null || this.entry.getModRevision() > created
				|| (lease != 0 && this.entry.getLease() == lease);
	}

}
