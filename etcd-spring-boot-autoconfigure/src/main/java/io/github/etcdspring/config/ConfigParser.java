package io.github.etcdspring.config;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Makes properties of the keys under the imported prefixes. Remembers what it made, so
 * that a change costs no more than what changed.
 */
final class ConfigParser {

	private final List<ConfigContext> contexts;

	private final EntryReader reader;

	private volatile Map<ConfigContext, ContextProperties> known = Map.of();

	/**
	 * Create a parser.
	 * @param contexts what to parse
	 * @param activeProfile whether a profile is active, for documents that depend on it
	 * @param decryption turns a value that starts with {@code {cipher}}, without that,
	 * into its plain text; throws {@link IllegalStateException} where it cannot
	 */
	ConfigParser(List<ConfigContext> contexts, Predicate<String> activeProfile, UnaryOperator<String> decryption) {
		this(contexts, activeProfile, decryption, LogFactory.getLog(ConfigParser.class));
	}

	/**
	 * Create a parser that runs before logging is set up.
	 * @param contexts what to parse
	 * @param activeProfile whether a profile is active
	 * @param decryption decrypts a value
	 * @param logger where to say that a property has no effect in etcd
	 */
	ConfigParser(List<ConfigContext> contexts, Predicate<String> activeProfile, UnaryOperator<String> decryption,
			Log logger) {
		this.contexts = List.copyOf(contexts);
		this.reader = new EntryReader(activeProfile, decryption, logger::warn);
	}

	/**
	 * Make properties of what etcd holds.
	 * @param snapshot what it holds under all prefixes
	 * @param former the configuration before, whose unchanged parts are taken over
	 * @return the configuration
	 * @throws InvalidConfigurationException if any part of it cannot be used
	 */
	Configuration parse(Snapshot snapshot, Configuration former) throws InvalidConfigurationException {
		Map<ConfigContext, ContextProperties> next = new HashMap<>();
		Map<ConfigContext, ConfigValues> values = new LinkedHashMap<>();
		for (ConfigContext context : this.contexts) {
			ContextProperties properties = this.known.getOrDefault(context, ContextProperties.NONE)
				.replacedBy(entries(snapshot, context), context.prefix(), this.reader);
			next.put(context, properties);
			values.put(context, values(former.of(context), properties.properties()));
		}
		this.known = next;
		return new Configuration(snapshot.revision(), Collections.unmodifiableMap(values));
	}

	private static Map<ByteSequence, KeyValue> entries(Snapshot snapshot, ConfigContext context) {
		ByteSequence prefix = ByteSequence.from(context.prefix(), StandardCharsets.UTF_8);
		Map<ByteSequence, KeyValue> entries = new HashMap<>();
		snapshot.entries().forEach((key, keyValue) -> {
			if (key.startsWith(prefix)) {
				entries.put(key, keyValue);
			}
		});
		return entries;
	}

	private static ConfigValues values(ConfigValues former, Map<String, ConfigProperty> properties) {
		return (former.properties().equals(properties)) ? former : former.replacedBy(properties);
	}

}
