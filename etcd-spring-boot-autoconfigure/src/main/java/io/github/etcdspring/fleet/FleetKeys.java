package io.github.etcdspring.fleet;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.fleet.MetadataReader.Metadata;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Keys of the fleet and their values: {@code prefix/service/instance-id} of an instance,
 * and {@code prefix-properties/service/version} of the properties of an application.
 * Internal: public only for the operations.
 */
public final class FleetKeys {

	private final InstanceKeys keys;

	private final InstanceKeys properties;

	/**
	 * Create the keys under a prefix.
	 * @param prefix the prefix, with or without a trailing slash
	 */
	public FleetKeys(String prefix) {
		this.keys = new InstanceKeys(prefix);
		String trimmed = this.keys.prefix().substring(0, this.keys.prefix().length() - 1);
		this.properties = new InstanceKeys(trimmed + "-properties");
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
		if (fleet.keys.prefix().length() == 1 || others.stream()
			.anyMatch((other) -> overlap(fleet.keys.prefix(), other) || overlap(fleet.properties.prefix(), other))) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.fleet.prefix", properties.prefix(),
					"A prefix such as /fleet is required, outside of the prefixes of instances and overrides.");
		}
		return fleet;
	}

	private static boolean overlap(String one, String other) {
		return one.startsWith(other) || other.startsWith(one);
	}

	/**
	 * Return the range of the keys of all instances.
	 * @return the range
	 */
	public KeyRange range() {
		return KeyRange.prefix(this.keys.prefix());
	}

	/**
	 * Return the range of the keys of the instances of a service.
	 * @param service name of the service
	 * @return the range
	 * @throws IllegalArgumentException if the name is not valid Unicode
	 */
	public KeyRange range(String service) {
		return KeyRange.prefix(this.keys.prefixOf(service));
	}

	/**
	 * Return the range of the properties of all versions of a service.
	 * @param service name of the service
	 * @return the range
	 * @throws IllegalArgumentException if the name is not valid Unicode
	 */
	public KeyRange propertiesRange(String service) {
		return KeyRange.prefix(this.properties.prefixOf(service));
	}

	ByteSequence propertiesKey(String service, String version) {
		return ByteSequence.from(this.properties.key(service, version), StandardCharsets.UTF_8);
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

	/**
	 * Read the properties of a version.
	 * @param entry the key with its value
	 * @return the version, {@code null} if it cannot be read
	 */
	@Nullable FleetVersion readProperties(KeyValue entry) {
		InstanceKey name = this.properties.parse(entry.getKey());
		try {
			if (name == null) {
				return null;
			}
			Metadata read = MetadataReader.read(new ByteArrayInputStream(entry.getValue().getBytes()));
			return new FleetVersion(name.serviceId(), name.instanceId(), read.prefixes(), read.properties());
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

}
