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
import io.github.etcdspring.refresh.KeyOrigin;
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

	/** Path segment of the keys that contain proposed changes. */
	public static final String PROPOSALS = "/.proposals/";

	/** Path segment of the keys that contain changes which only some instances apply. */
	public static final String ROLLOUT = "/.rollout/";

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
	 * Return whether a key is one of a proposal or rollout.
	 * @param key the key
	 * @return whether it is not part of the configuration
	 */
	public static boolean isReserved(String key) {
		return key.contains(PROPOSALS) || key.contains(ROLLOUT);
	}

	/**
	 * Return whether the value of a key is a document.
	 * @param key the key
	 * @return whether the key has the extension of a document
	 */
	public static boolean isDocument(String key) {
		return DocumentFormat.of(key) != null;
	}

	/**
	 * Return the name of the property that a key contains.
	 * @param path the key without the prefix of its context
	 * @return the name, {@code null} if the key is a document or not the name of a
	 * property
	 */
	public static @Nullable String propertyName(String path) {
		try {
			return (isDocument(path)) ? null : PropertyKey.toName(path, new KeyOrigin(path, 0));
		}
		catch (RejectedConfigurationException ex) {
			return null;
		}
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
		Parsed parsed = parse(changes(snapshot.entries(), this.pending), snapshot.revision(), former);
		this.entries = this.entries.with(parsed.changed());
		this.known = parsed.properties();
		this.pending = new HashSet<>();
		return parsed.configuration();
	}

	/**
	 * Parse changed entries without keeping them.
	 * @param candidate the entries under all prefixes with changes
	 * @param keys the changed keys
	 * @param former the configuration in use
	 * @return the configuration with the changes
	 * @throws RejectedConfigurationException if any key or value is invalid
	 */
	public synchronized Configuration preview(Snapshot candidate, Set<ByteSequence> keys, Configuration former)
			throws RejectedConfigurationException {
		Set<ByteSequence> all = new HashSet<>(this.pending);
		all.addAll((this.known.isEmpty()) ? candidate.entries().keySet() : keys);
		return parse(changes(candidate.entries(), all), candidate.revision(), former).configuration();
	}

	private Parsed parse(Map<ByteSequence, Optional<KeyValue>> changed, long revision, Configuration former)
			throws RejectedConfigurationException {
		Map<String, ContextProperties> next = new HashMap<>();
		Map<String, Values> values = new LinkedHashMap<>();
		for (String prefix : this.prefixes) {
			ContextProperties properties = this.known.getOrDefault(prefix, ContextProperties.NONE)
				.replacedBy(within(prefix, changed), prefix, this.reader);
			next.put(prefix, properties);
			String name = sourceName(prefix);
			values.put(name, former.of(name).replacedBy(properties.layers()));
		}
		return new Parsed(changed, next, new Configuration(revision, Collections.unmodifiableMap(values)));
	}

	private Map<ByteSequence, Optional<KeyValue>> changes(Map<ByteSequence, KeyValue> snapshot,
			Set<ByteSequence> keys) {
		Map<ByteSequence, Optional<KeyValue>> changes = new HashMap<>();
		for (ByteSequence key : keys) {
			KeyValue next = snapshot.get(key);
			if (!isReserved(key.toString(StandardCharsets.UTF_8)) && !Snapshot.isSame(this.entries.get(key), next)) {
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

	/**
	 * Result of parsing.
	 *
	 * @param changed the changed entries
	 * @param properties the properties by prefix
	 * @param configuration the configuration
	 */
	private record Parsed(Map<ByteSequence, Optional<KeyValue>> changed, Map<String, ContextProperties> properties,
			Configuration configuration) {

	}

}
