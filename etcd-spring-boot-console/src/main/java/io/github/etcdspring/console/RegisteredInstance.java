package io.github.etcdspring.console;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.StoredOverride;
import org.jspecify.annotations.Nullable;

/**
 * Instance of a service with its key.
 *
 * @param instance the instance
 * @param created revision at which the key was created
 * @param lease lease of the key, 0 if it has none
 */
record RegisteredInstance(EtcdServiceInstance instance, long created, long lease) {

	/**
	 * Read an instance.
	 * @param name the names in the key
	 * @param entry the key with its value
	 * @return the instance, {@code null} if the value has an unknown format
	 */
	static @Nullable RegisteredInstance read(InstanceKey name, KeyValue entry) {
		try {
			return new RegisteredInstance(
					InstanceFormat.read(name, entry.getValue().getBytes()).withRevision(entry.getModRevision()),
					entry.getCreateRevision(), entry.getLease());
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	boolean isTargetOf(StoredOverride override) {
		return override.isFor(this.created, this.lease);
	}

}
