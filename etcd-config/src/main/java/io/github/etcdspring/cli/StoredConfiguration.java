package io.github.etcdspring.cli;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

import io.github.etcdspring.operations.ConfigEntry;
import io.github.etcdspring.operations.EtcdConfigOperations;

/**
 * Keys in etcd under a prefix, at one revision. Keys with a segment that begins with a
 * dot are skipped, as such files are.
 *
 * @param entries the keys with values and revisions, by name relative to the prefix
 * @param skipped names of the keys that are skipped
 */
record StoredConfiguration(SortedMap<String, ConfigEntry> entries, SortedSet<String> skipped) {

	StoredConfiguration {
		entries = Collections.unmodifiableSortedMap(entries);
		skipped = Collections.unmodifiableSortedSet(skipped);
	}

	static StoredConfiguration read(EtcdConfigOperations operations, KeyPrefix prefix) {
		SortedMap<String, ConfigEntry> entries = new TreeMap<>();
		SortedSet<String> skipped = new TreeSet<>();
		for (ConfigEntry entry : operations.list(prefix.value())) {
			String name = prefix.name(entry.key());
			if (FileName.isHidden(name)) {
				skipped.add(name);
			}
			else {
				entries.put(name, entry);
			}
		}
		return new StoredConfiguration(entries, skipped);
	}

}
