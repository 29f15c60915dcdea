package io.github.etcdspring.discovery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.mirror.SnapshotStore;
import io.github.etcdspring.mirror.SnapshotStore.Stored;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdDiscoveryProperties.Follow;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.OverrideFormat;
import io.github.etcdspring.registry.StoredOverride;
import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Stores the last known catalog on disk, for a start without etcd. The header has the
 * prefix, the time, and whether only called services are followed.
 */
final class CatalogFile {

	private static final String CALLED = "called services only";

	private final SnapshotStore store;

	private final InstanceKeys keys;

	private final InstanceKeys overrideKeys;

	private final Duration maxAge;

	private final Follow follow;

	/**
	 * Create the configured file.
	 * @param properties the properties
	 * @return the file, {@code null} if none is configured
	 */
	static @Nullable CatalogFile of(EtcdDiscoveryProperties properties) {
		Path path = properties.snapshotFile();
		return (path != null) ? new CatalogFile(path, properties.snapshotMaxAge(), InstanceKeys.of(properties),
				InstanceKeys.ofOverrides(properties), properties.follow()) : null;
	}

	/**
	 * Create a file.
	 * @param path where it is
	 * @param maxAge age after which it is not used
	 * @param keys the keys of all instances
	 * @param overrideKeys the keys of all overrides
	 * @param follow which services are followed
	 */
	CatalogFile(Path path, Duration maxAge, InstanceKeys keys, InstanceKeys overrideKeys, Follow follow) {
		this.store = new SnapshotStore(path, "etcd service catalog snapshot 1");
		this.maxAge = maxAge;
		this.keys = keys;
		this.overrideKeys = overrideKeys;
		this.follow = follow;
	}

	Duration maxAge() {
		return this.maxAge;
	}

	/**
	 * Replace the catalog atomically.
	 * @param state the catalog
	 * @throws IOException if it cannot be written
	 */
	void write(CatalogState state) throws IOException {
		Map<ByteSequence, KeyValue> entries = new HashMap<>();
		for (EtcdServiceInstance instance : state.catalog().registered()) {
			add(entries, this.keys.key(instance.serviceId(), instance.instanceId()), InstanceFormat.write(instance),
					instance.revision());
		}
		for (InstanceOverride override : state.catalog().overrides()) {
			add(entries, this.overrideKeys.key(override.service(), override.instance()), OverrideFormat.write(override),
					0);
		}
		List<String> header = new ArrayList<>(List.of(this.keys.prefix(), state.asOf().toString()));
		if (this.follow == Follow.CALLED) {
			header.add(CALLED);
		}
		this.store.write(header, new Snapshot(state.revision(), entries));
	}

	private static void add(Map<ByteSequence, KeyValue> entries, String key, String value, long revision) {
		KeyValue entry = new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(key))
			.setValue(ByteString.copyFrom(value, StandardCharsets.UTF_8))
			.setModRevision(revision)
			.build(), ByteSequence.EMPTY);
		entries.put(entry.getKey(), entry);
	}

	/**
	 * Read the catalog.
	 * @return the catalog
	 * @throws NoSuchFileException if there is none
	 * @throws IOException if it cannot be read, has been changed, is too old, or has
	 * another prefix
	 */
	CatalogState read() throws IOException {
		return read(this.store.read());
	}

	/**
	 * Read the names of the services that were called. A catalog of all services does not
	 * tell.
	 * @return the names
	 * @throws IOException if the file cannot be used
	 */
	Set<String> readCalledServices() throws IOException {
		Stored stored = this.store.read();
		CatalogState state = read(stored);
		return (stored.header().contains(CALLED)) ? state.catalog().instances().keySet() : Set.of();
	}

	private CatalogState read(Stored stored) throws IOException {
		List<String> header = stored.header();
		if (header.size() < 2 || !header.get(0).equals(this.keys.prefix())) {
			throw new IOException("it does not contain the keys " + this.keys.prefix());
		}
		Instant asOf = time(header.get(1));
		if (age(asOf).compareTo(this.maxAge) > 0) {
			throw new IOException("it is " + text(age(asOf))
					+ " old, and spring.cloud.etcd.discovery.snapshot-max-age is " + text(this.maxAge));
		}
		return new CatalogState(catalog(stored.snapshot()), stored.snapshot().revision(), asOf);
	}

	private static Instant time(String text) throws IOException {
		try {
			return Instant.parse(text);
		}
		catch (DateTimeParseException ex) {
			throw new IOException("it has no valid time", ex);
		}
	}

	private Catalog catalog(Snapshot snapshot) throws IOException {
		RegisteredInstances instances = new RegisteredInstances();
		Map<InstanceKey, StoredOverride> overrides = new HashMap<>();
		for (KeyValue entry : snapshot.entries().values()) {
			byte[] value = entry.getValue().getBytes();
			InstanceKey name = this.keys.parse(entry.getKey());
			InstanceKey overridden = this.overrideKeys.parse(entry.getKey());
			try {
				if (name != null) {
					instances.put(entry.getKey(), InstanceFormat.read(name, value).withRevision(entry.getModRevision()),
							0, 0);
				}
				else if (overridden != null) {
					overrides.put(overridden, StoredOverride.saved(OverrideFormat.read(overridden, value)));
				}
				else {
					throw new IOException("it contains a key that holds no instance");
				}
			}
			catch (IllegalArgumentException ex) {
				throw new IOException("it contains a key that holds no instance", ex);
			}
		}
		Map<String, List<EtcdServiceInstance>> services = new HashMap<>();
		Map<InstanceKey, OverriddenInstance> overridden = new HashMap<>();
		instances.names().forEach((service) -> services.put(service, instances.of(service, overrides, overridden)));
		return Catalog.EMPTY.with(services).withOverridden(overridden);
	}

	/**
	 * Return the age of a catalog.
	 * @param asOf the last time at which it was known to be current
	 * @return the age, zero after the clock was set back
	 */
	private static Duration age(Instant asOf) {
		Duration age = Duration.between(asOf, Instant.now());
		return (age.isNegative()) ? Duration.ZERO : age;
	}

	/**
	 * Return the age of a catalog as text.
	 * @param asOf the last time at which it was known to be current
	 * @return the age, such as {@code 1h30m}
	 */
	static String ageText(Instant asOf) {
		return text(age(asOf));
	}

	private static String text(Duration duration) {
		return DurationFormatterUtils.print(Duration.ofSeconds(duration.toSeconds()), DurationFormat.Style.COMPOSITE);
	}

	@Override
	public String toString() {
		return this.store.toString();
	}

}
