package io.github.etcdspring.fleet;

import java.util.List;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Keys of the fleet, {@code prefix/service/instance-id}, and their values. Internal:
 * public only for the operations.
 */
public final class FleetKeys {

	private final InstanceKeys keys;

	/**
	 * Create the keys under a prefix.
	 * @param prefix the prefix, with or without a trailing slash
	 */
	public FleetKeys(String prefix) {
		this.keys = new InstanceKeys(prefix);
	}

	/**
	 * Create the keys under the configured prefix.
	 * @param properties the properties of the fleet
	 * @param discovery the properties of the registry, whose prefixes must not overlap
	 * @return the keys
	 */
	public static FleetKeys of(EtcdFleetProperties properties, EtcdDiscoveryProperties discovery) {
		FleetKeys fleet = new FleetKeys(properties.prefix());
		List<String> others = List.of(InstanceKeys.of(discovery).prefix(),
				InstanceKeys.ofOverrides(discovery).prefix());
		String prefix = fleet.keys.prefix();
		if (prefix.length() == 1
				|| others.stream().anyMatch((other) -> prefix.startsWith(other) || other.startsWith(prefix))) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.fleet.prefix", properties.prefix(),
					"A prefix such as /fleet is required, outside of the prefixes of instances and overrides.");
		}
		return fleet;
	}

	/**
	 * Return the range of all keys.
	 * @return the range
	 */
	public KeyRange range() {
		return KeyRange.prefix(this.keys.prefix());
	}

	/**
	 * Return the range of the keys of a service.
	 * @param service name of the service
	 * @return the range
	 * @throws IllegalArgumentException if the name is not valid Unicode
	 */
	public KeyRange range(String service) {
		return KeyRange.prefix(this.keys.prefixOf(service));
	}

	String key(String service, String instance) {
		return this.keys.key(service, instance);
	}

	/**
	 * Read a key.
	 * @param entry the key with its value
	 * @return the instance, {@code null} if the key is not one of an instance
	 */
	public @Nullable FleetInstance read(KeyValue entry) {
		InstanceKey name = this.keys.parse(entry.getKey());
		try {
			return (name != null) ? FleetFormat.read(name, entry.getValue().getBytes()) : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

}
