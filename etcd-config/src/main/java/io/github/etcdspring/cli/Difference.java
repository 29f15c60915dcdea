package io.github.etcdspring.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

import io.github.etcdspring.cli.KeyChange.Kind;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigEntry;

/**
 * Changes that make etcd equal to the directory.
 *
 * @param changes the changes, ordered by key
 */
record Difference(List<KeyChange> changes) {

	Difference {
		changes = List.copyOf(changes);
	}

	/**
	 * Compare the keys in etcd with the values of the files.
	 * @param stored the keys in etcd
	 * @param files the values of the files, by name
	 * @param prefix prefix of the keys
	 * @return the changes
	 */
	static Difference between(StoredConfiguration stored, Map<String, String> files, KeyPrefix prefix) {
		SortedSet<String> names = new TreeSet<>(stored.entries().keySet());
		names.addAll(files.keySet());
		List<KeyChange> changes = new ArrayList<>();
		for (String name : names) {
			ConfigEntry entry = stored.entries().get(name);
			String value = files.get(name);
			if (entry == null || !entry.value().equals(value)) {
				changes.add(new KeyChange(prefix.key(name), entry, value));
			}
		}
		return new Difference(changes);
	}

	/**
	 * Return the changes of keys that have a file.
	 * @return the difference without deleted keys
	 */
	Difference withoutDeletions() {
		return new Difference(this.changes.stream().filter((change) -> change.kind() != Kind.DELETED).toList());
	}

	boolean isEmpty() {
		return this.changes.isEmpty();
	}

	int size() {
		return this.changes.size();
	}

	ConfigChange[] conditional() {
		return this.changes.stream().map(KeyChange::conditional).toArray(ConfigChange[]::new);
	}

}
