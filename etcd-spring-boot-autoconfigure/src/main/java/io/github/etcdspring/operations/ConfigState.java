package io.github.etcdspring.operations;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Immutable state of all keys with a prefix: the current one, the one at a revision, or
 * that of a snapshot. States of different prefixes can be compared by their relative
 * keys, such as {@code /config/staging/} and {@code /config/production/}.
 *
 * @since 0.1.0
 */
public final class ConfigState {

	private final String prefix;

	private final long revision;

	/** By relative key. */
	private final SortedMap<String, Versioned> entries;

	ConfigState(String prefix, long revision, Map<String, Versioned> entries) {
		this.prefix = prefix;
		this.revision = revision;
		this.entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
	}

	/**
	 * Return the prefix of the keys.
	 * @return the prefix
	 */
	public String prefix() {
		return this.prefix;
	}

	/**
	 * Return the revision of etcd at which the keys had these values.
	 * @return the revision
	 */
	public long revision() {
		return this.revision;
	}

	/**
	 * Return the values of all keys.
	 * @return an unmodifiable map by key, relative to the prefix
	 */
	public SortedMap<String, ConfigValue> values() {
		SortedMap<String, ConfigValue> values = new TreeMap<>();
		this.entries.forEach((key, entry) -> values.put(key, entry.value()));
		return Collections.unmodifiableSortedMap(values);
	}

	SortedMap<String, Versioned> entries() {
		return this.entries;
	}

	/**
	 * Compare this state with another one.
	 * @param other the other state, possibly of another prefix
	 * @return the keys with different values, ordered by key, with the values of this
	 * state on the left
	 */
	public List<ConfigDifference> differences(ConfigState other) {
		SortedSet<String> keys = new TreeSet<>(this.entries.keySet());
		keys.addAll(other.entries.keySet());
		List<ConfigDifference> differences = new ArrayList<>();
		for (String key : keys) {
			ConfigValue left = value(this.entries.get(key));
			ConfigValue right = value(other.entries.get(key));
			if (left == null || !left.isSameAs(right)) {
				differences.add(new ConfigDifference(key, left, right));
			}
		}
		return Collections.unmodifiableList(differences);
	}

	private static @Nullable ConfigValue value(@Nullable Versioned entry) {
		return (entry != null) ? entry.value() : null;
	}

	/**
	 * Return the changes after which the keys of this state have the values of another
	 * one, on condition that they have not been modified since this state was read.
	 * @param target the other state, possibly of another prefix
	 * @return the changes, to be written or proposed; empty if there is no difference
	 * @throws EtcdConfigException if only the hash of a value is known, for example
	 * because it is a secret
	 */
	public ConfigChange[] changesTo(ConfigState target) {
		return changesTo(target, (difference) -> true);
	}

	/**
	 * Return the changes after which some of the keys of this state have the values of
	 * another one, on condition that they have not been modified since this state was
	 * read.
	 * @param target the other state, possibly of another prefix
	 * @param filter which differences to include
	 * @return the changes, to be written or proposed; empty if there is no difference
	 * @throws EtcdConfigException if only the hash of an included value is known, for
	 * example because it is a secret
	 */
	public ConfigChange[] changesTo(ConfigState target, Predicate<ConfigDifference> filter) {
		List<ConfigChange> changes = new ArrayList<>();
		List<String> hashed = new ArrayList<>();
		for (ConfigDifference difference : differences(target)) {
			if (!filter.test(difference)) {
				continue;
			}
			String key = this.prefix + difference.key();
			Versioned current = this.entries.get(difference.key());
			ConfigValue value = difference.right();
			if (value != null && value.text() == null) {
				hashed.add(key);
				continue;
			}
			changes.add(((value != null && value.text() != null) ? ConfigChange.put(key, value.text())
					: ConfigChange.delete(key))
				.ifRevision((current != null) ? current.revision() : 0));
		}
		if (!hashed.isEmpty()) {
			throw new EtcdConfigException(
					"Failed to restore the keys under " + this.prefix + ": only hashes are known of "
							+ String.join(", ", hashed) + ". Exclude these keys, or write them with their values",
					null);
		}
		return changes.toArray(ConfigChange[]::new);
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return "ConfigState[prefix=" + this.prefix + ", revision=" + this.revision + ", keys=" + this.entries.size()
				+ "]";
	}

	/**
	 * Value of a key with its revision.
	 *
	 * @param value the value
	 * @param revision revision of the last modification of the key
	 */
	record Versioned(ConfigValue value, long revision) {

	}

}
