package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.RangeReader;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * Operations with a history, as the auto-configuration creates them for the application
 * {@code orders}.
 *
 * @param connection the connection to etcd
 * @param operations the operations
 * @param history its history
 */
record HistoryFixture(TestConnection connection, EtcdConfigOperations operations, EtcdHistoryOperations history) {

	private static final HistoryKeys KEYS = new HistoryKeys("/history", "/snapshots", "/config");

	static HistoryFixture with(TestConnection connection, String... properties) {
		return with(connection, Duration.ZERO, properties);
	}

	/**
	 * Create operations of a writer whose clock is wrong.
	 * @param connection the connection to etcd
	 * @param ahead how far the clock is ahead, negative if it is behind
	 * @param properties the properties of the history, without their prefix
	 * @return the operations
	 */
	static HistoryFixture with(TestConnection connection, Duration ahead, String... properties) {
		Map<String, String> values = new HashMap<>();
		Arrays.stream(properties)
			.map((property) -> property.split("=", 2))
			.forEach((property) -> values.put("history." + property[0], property[1]));
		EtcdConfigHistoryProperties bound = new Binder(new MapConfigurationPropertySource(values))
			.bindOrCreate("history", EtcdConfigHistoryProperties.class);
		Requests requests = new Requests(connection.get());
		HistoryRecorder recorder = (bound.enabled())
				? new HistoryRecorder(requests, KEYS, bound, () -> HistoryKeys.now().plus(ahead)) : null;
		return new HistoryFixture(
				connection, new EtcdConfigTemplate(requests, new FleetKeys("/fleet"),
						new ConfigWriter(requests, recorder), () -> new Attribution("orders", "")),
				new EtcdHistoryTemplate(requests, KEYS, bound));
	}

	/** Return the entries in etcd. */
	List<KeyValue> entries(String directory) {
		try {
			return new RangeReader(this.connection.get(), List.of(KEYS.entries(directory))).list()
				.entries()
				.values()
				.stream()
				.filter((entry) -> KEYS.isEntry(entry.getKey()))
				.toList();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
