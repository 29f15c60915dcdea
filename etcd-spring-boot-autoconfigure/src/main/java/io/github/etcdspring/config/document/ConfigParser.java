package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.Configuration.Values;
import io.github.etcdspring.refresh.OverlayMap;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.cloud.CloudPlatform;

/**
 * Parses the keys under the imported prefixes into properties. Keeps the result, so that
 * only changed keys are parsed again.
 */
public final class ConfigParser {

	private final List<String> prefixes;

	private final PropertyReader reader;

	private OverlayMap<ByteSequence, KeyValue> entries = OverlayMap.of(Map.of());

	/** Keys that may differ from the entries because their snapshot was rejected. */
	private Set<ByteSequence> pending = new HashSet<>();

	private Map<String, ContextProperties> known = Map.of();

	/**
	 * Create a parser.
	 * @param prefixes prefixes of the keys to parse, each with a slash at its end
	 * @param activeProfile whether a profile is active, for conditional documents
	 * @param decryption decrypts a value without its prefix {@code {cipher}}; throws
	 * {@link IllegalStateException} if that fails
	 */
	ConfigParser(List<String> prefixes, Predicate<String> activeProfile, UnaryOperator<String> decryption) {
		this(prefixes, activeProfile, null, decryption, LogFactory.getLog(ConfigParser.class));
	}

	/**
	 * Create a parser with the given logger, for use before logging is set up.
	 * @param prefixes prefixes of the keys to parse, each with a slash at its end
	 * @param activeProfile whether a profile is active
	 * @param platform the cloud platform of the application, {@code null} if none is
	 * detected
	 * @param decryption decrypts a value without its prefix {@code {cipher}}
	 * @param logger logs properties that have no effect in etcd
	 */
	public ConfigParser(List<String> prefixes, Predicate<String> activeProfile, @Nullable CloudPlatform platform,
			UnaryOperator<String> decryption, Log logger) {
		this.prefixes = List.copyOf(prefixes);
		this.reader = new PropertyReader(new Activation(activeProfile, platform), decryption, logger::warn);
	}

	/**
	 * Return the name of the property source of a prefix, which is stable for the
	 * lifetime of the application.
	 * @param prefix the prefix
	 * @return the name
	 */
	public static String sourceName(String prefix) {
		return "etcd:" + prefix;
	}

	/**
	 * Parse all entries of a snapshot.
	 * @param snapshot the entries under all prefixes
	 * @param former the previous configuration, whose unchanged parts are reused
	 * @return the configuration
	 * @throws RejectedConfigurationException if any key or value is invalid
	 */
	public synchronized Configuration parse(Snapshot snapshot, Configuration former)
			throws RejectedConfigurationException {
		this.pending.addAll(this.entries.keySet());
		return parse(snapshot, snapshot.entries().keySet(), former);
	}

	/**
	 * Parse the changed entries of a snapshot.
	 * @param snapshot the entries under all prefixes
	 * @param keys all keys that may have been put or deleted since the previous call,
	 * even if that failed. Ignored until a call succeeds
	 * @param former the previous configuration, whose unchanged parts are reused
	 * @return the configuration
	 * @throws RejectedConfigurationException if any key or value is invalid
	 */
	public synchronized Configuration parse(Snapshot snapshot, Set<ByteSequence> keys, Configuration former)
			throws RejectedConfigurationException {
		this.pending.addAll((this.known.isEmpty()) ? snapshot.entries().keySet() : keys);
		Map<ByteSequence, Optional<KeyValue>> changed = changes(snapshot.entries());
		Map<String, ContextProperties> next = new HashMap<>();
		Map<String, Values> values = new LinkedHashMap<>();
		for (String prefix : this.prefixes) {
			ContextProperties properties = this.known.getOrDefault(prefix, ContextProperties.NONE)
				.replacedBy(within(prefix, changed), prefix, this.reader);
			next.put(prefix, properties);
			String name = sourceName(prefix);
			values.put(name, former.of(name).replacedBy(properties.layers()));
		}
		this.entries = this.entries.with(changed);
		this.known = next;
		this.pending = new HashSet<>();
		return new Configuration(snapshot.revision(), Collections.unmodifiableMap(values));
	}

	private Map<ByteSequence, Optional<KeyValue>> changes(Map<ByteSequence, KeyValue> snapshot) {
		Map<ByteSequence, Optional<KeyValue>> changes = new HashMap<>();
		for (ByteSequence key : this.pending) {
			KeyValue next = snapshot.get(key);
			if (!Snapshot.isSame(this.entries.get(key), next)) {
				changes.put(key, Optional.ofNullable(next));
			}
		}
		return changes;
	}

	private static Map<ByteSequence, Optional<KeyValue>> within(String keyPrefix,
			Map<ByteSequence, Optional<KeyValue>> changed) {
		ByteSequence prefix = ByteSequence.from(keyPrefix, StandardCharsets.UTF_8);
		Map<ByteSequence, Optional<KeyValue>> within = new HashMap<>();
		changed.forEach((key, keyValue) -> {
			if (key.startsWith(prefix)) {
				within.put(key, keyValue);
			}
		});
		return within;
	}

}
