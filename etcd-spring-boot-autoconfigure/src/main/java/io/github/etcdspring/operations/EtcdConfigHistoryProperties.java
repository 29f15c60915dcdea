package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Configuration properties for the history of the configuration.
 *
 * @param enabled Whether each write of configuration leaves an entry in the history.
 * @param prefix Prefix of the keys of all entries.
 * @param snapshotPrefix Prefix of the keys of all named snapshots.
 * @param maxEntries Maximum number of entries for each directory of the configuration.
 * @param maxAge Age after which an entry is deleted by a later write.
 * @param secretPrefixes Comma-separated list of prefixes of keys with secrets. History
 * and snapshots contain the SHA-256 hashes of their values.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.config.history")
public record EtcdConfigHistoryProperties(@DefaultValue("true") boolean enabled,
		@DefaultValue("/history") String prefix, @DefaultValue("/snapshots") String snapshotPrefix,
		@DefaultValue("100") int maxEntries, @DefaultValue("365d") Duration maxAge,
		@DefaultValue List<String> secretPrefixes) {

	public EtcdConfigHistoryProperties {
		if (maxEntries < 1) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.history.max-entries",
					maxEntries, "Must be greater than zero.");
		}
		if (maxAge.isNegative() || maxAge.isZero()) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.history.max-age", maxAge,
					"Must be greater than zero.");
		}
	}

	/** Return whether the values of a key are recorded as hashes. */
	boolean isSecret(String key) {
		return this.secretPrefixes.stream().anyMatch(key::startsWith);
	}

}
