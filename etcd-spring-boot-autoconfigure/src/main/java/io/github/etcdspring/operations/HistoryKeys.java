package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.RandomId;
import io.github.etcdspring.config.EtcdConfigProperties;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.InstanceKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

/**
 * Keys of history and snapshots. Those of history entries are
 * {@code /history/config/orders/{time}-{random}}, or {@code {time}-outside-{revision}}
 * for a write by another tool. A directory of the history is that of an application,
 * {@code /config/orders/}, or outside of the prefix of the configuration that of the key.
 */
final class HistoryKeys {

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS'Z'", Locale.ROOT)
		.withZone(ZoneOffset.UTC);

	private static final Pattern NAME = Pattern.compile("(\\d{8}T\\d{9}Z)-(?:[0-9a-f]{12}|outside-([1-9]\\d{0,17}))");

	/** Before the names of all entries. */
	private static final String PRUNED = "0-pruned";

	private final String history;

	private final String snapshots;

	private final String config;

	/**
	 * Create the keys under prefixes.
	 * @param history prefix of all entries
	 * @param snapshots prefix of all snapshots
	 * @param config prefix of the configuration
	 */
	HistoryKeys(String history, String snapshots, String config) {
		this.history = withoutSlash(history);
		this.snapshots = withoutSlash(snapshots);
		this.config = withoutSlash(config) + "/";
	}

	/**
	 * Create the keys under the configured prefixes.
	 * @param properties the properties of the history
	 * @param config the properties of the configuration
	 * @param fleet the keys of the fleet
	 * @param discovery the properties of the registry
	 * @return the keys, which do not overlap with others
	 */
	static HistoryKeys of(EtcdConfigHistoryProperties properties, EtcdConfigProperties config, FleetKeys fleet,
			EtcdDiscoveryProperties discovery) {
		HistoryKeys keys = new HistoryKeys(properties.prefix(), properties.snapshotPrefix(), config.prefix());
		List<String> others = List.of(keys.config, fleet.range().toString(), InstanceKeys.of(discovery).prefix(),
				InstanceKeys.ofOverrides(discovery).prefix());
		Map<String, String> own = Map.of("prefix", keys.history + "/", "snapshot-prefix", keys.snapshots + "/");
		own.forEach((name, prefix) -> {
			if (prefix.length() == 1 || others.stream().anyMatch((other) -> overlap(prefix, other))
					|| overlap(keys.history + "/", keys.snapshots + "/")) {
				throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.config.history." + name, prefix,
						"A prefix such as /history or /snapshots is required, outside of all other prefixes.");
			}
		});
		return keys;
	}

	private static boolean overlap(String one, String other) {
		return other.length() > 1 && (one.startsWith(other) || other.startsWith(one));
	}

	private static String withoutSlash(String prefix) {
		return StringUtils.trimTrailingCharacter(prefix.trim(), '/');
	}

	/** Return the current time in the precision of the keys. */
	static Instant now() {
		return Instant.now().truncatedTo(ChronoUnit.MILLIS);
	}

	/** Return whether changes of a key are recorded. */
	boolean isRecorded(ByteSequence key) {
		String text = text(key);
		return !Proposal.isReserved(key) && !text.startsWith(this.history + "/")
				&& !text.startsWith(this.snapshots + "/");
	}

	/** Return the directory whose history contains the changes of a key. */
	String directory(String key) {
		if (!key.startsWith(this.config)) {
			return Proposal.directory(key);
		}
		int end = key.indexOf('/', this.config.length());
		return (end < 0) ? this.config : key.substring(0, end + 1);
	}

	ByteSequence entry(String directory, Instant time) {
		return bytes(path(directory) + TIME.format(time) + "-" + RandomId.create());
	}

	ByteSequence outsideEntry(String directory, Instant time, long revision) {
		return bytes(path(directory) + TIME.format(time) + "-" + HistoryEntry.OUTSIDE + "-" + revision);
	}

	/** Return the key with the revision up to which entries have been pruned. */
	ByteSequence pruned(String directory) {
		return bytes(path(directory) + PRUNED);
	}

	boolean isPruned(ByteSequence key) {
		return text(key).endsWith("/" + PRUNED);
	}

	/** Return the range of the entries of a directory, whose names begin with a digit. */
	KeyRange entries(String directory) {
		return new KeyRange(bytes(path(directory) + "0"), bytes(path(directory) + ":"));
	}

	/** Return the range with the entries of all keys with a prefix. */
	KeyRange entriesOfAll(String prefix) {
		if (!prefix.startsWith(this.config)) {
			return KeyRange.prefix(path(Proposal.directory(prefix)));
		}
		return (prefix.indexOf('/', this.config.length()) < 0) ? KeyRange.prefix(path(prefix))
				: entries(directory(prefix));
	}

	/** Return the prefix of the entries of all keys with a prefix, for messages. */
	String describe(String prefix) {
		return (entriesOfAll(prefix).toString().startsWith(path(directory(prefix)))) ? path(directory(prefix))
				: entriesOfAll(prefix).toString();
	}

	/** Return the directory of an entry. */
	String directoryOf(ByteSequence entry) {
		return Proposal.directory(text(entry)).substring(path("").length() - 1);
	}

	boolean isEntry(ByteSequence key) {
		return name(key).matches();
	}

	/** Return whether an entry of a directory is older than a time. */
	static boolean isBefore(ByteSequence entry, Instant time) {
		Matcher name = name(entry);
		return name.matches() && name.group(1).compareTo(TIME.format(time)) < 0;
	}

	/** Return the revision of the write that an entry is about. */
	static long revision(KeyValue entry) {
		Matcher name = name(entry.getKey());
		@Nullable String outside = (name.matches()) ? name.group(2) : null;
		return (outside != null) ? Long.parseLong(outside) : entry.getModRevision();
	}

	private static Matcher name(ByteSequence key) {
		String text = text(key);
		return NAME.matcher(text.substring(text.lastIndexOf('/') + 1));
	}

	private String path(String directory) {
		return this.history + ((directory.startsWith("/")) ? "" : "/") + directory;
	}

	ByteSequence snapshot(String prefix, String name) {
		Assert.hasLength(name, "'name' must not be empty");
		Assert.isTrue(name.indexOf('/') < 0, "'name' must not contain a slash");
		return bytes(snapshots(prefix) + name);
	}

	/** Return the prefix of the snapshots of a prefix. */
	String snapshots(String prefix) {
		Assert.isTrue(prefix.endsWith("/"), "'prefix' must end with a slash");
		return this.snapshots + ((prefix.startsWith("/")) ? "" : "/") + prefix;
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	private static String text(ByteSequence bytes) {
		return bytes.toString(StandardCharsets.UTF_8);
	}

}
