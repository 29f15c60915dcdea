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

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.mirror.SnapshotStore;
import io.github.etcdspring.mirror.SnapshotStore.Stored;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Stores the last known catalog on disk, for a start without etcd. The header has the
 * prefix and the time.
 */
final class CatalogFile {

	private final SnapshotStore store;

	private final InstanceKeys keys;

	private final Duration maxAge;

	/**
	 * Create a file.
	 * @param path where it is
	 * @param maxAge age after which it is not used
	 * @param keys the keys of all instances
	 */
	CatalogFile(Path path, Duration maxAge, InstanceKeys keys) {
		this.store = new SnapshotStore(path, "etcd service catalog snapshot 1");
		this.maxAge = maxAge;
		this.keys = keys;
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
		state.catalog().instances().values().forEach((instances) -> instances.forEach((instance) -> {
			KeyValue entry = entry(instance);
			entries.put(entry.getKey(), entry);
		}));
		this.store.write(List.of(this.keys.prefix(), state.asOf().toString()), new Snapshot(state.revision(), entries));
	}

	private KeyValue entry(EtcdServiceInstance instance) {
		return new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(this.keys.key(instance.serviceId(), instance.instanceId())))
			.setValue(ByteString.copyFrom(InstanceFormat.write(instance), StandardCharsets.UTF_8))
			.setModRevision(instance.revision())
			.build(), ByteSequence.EMPTY);
	}

	/**
	 * Read the catalog.
	 * @return the catalog
	 * @throws NoSuchFileException if there is none
	 * @throws IOException if it cannot be read, has been changed, is too old, or has
	 * another prefix
	 */
	CatalogState read() throws IOException {
		Stored stored = this.store.read();
		List<String> header = stored.header();
		if (header.size() != 2 || !header.get(0).equals(this.keys.prefix())) {
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
		Map<String, List<EtcdServiceInstance>> instances = new HashMap<>();
		for (KeyValue entry : snapshot.entries().values()) {
			InstanceKey name = this.keys.parse(entry.getKey());
			if (name == null) {
				throw new IOException("it contains a key that holds no instance");
			}
			try {
				instances.computeIfAbsent(name.serviceId(), (service) -> new ArrayList<>())
					.add(InstanceFormat.read(name, entry.getValue().getBytes()).withRevision(entry.getModRevision()));
			}
			catch (IllegalArgumentException ex) {
				throw new IOException("it contains a key that holds no instance", ex);
			}
		}
		instances.values().forEach((list) -> list.sort(Catalog.ORDER));
		return Catalog.EMPTY.with(instances);
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
