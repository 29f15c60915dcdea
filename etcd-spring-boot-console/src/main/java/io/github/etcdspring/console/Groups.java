package io.github.etcdspring.console;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

import org.jspecify.annotations.Nullable;

/**
 * Values in groups, such as instances by service. One thread changes them, any thread
 * reads them: each group is an immutable map that is replaced as a whole.
 *
 * @param <T> type of the values
 */
final class Groups<T> {

	private final Map<String, SortedMap<String, T>> groups = new ConcurrentSkipListMap<>();

	/** Changes that are not applied yet; a value of {@code null} is removed. */
	private final Map<String, Map<String, @Nullable T>> changes = new HashMap<>();

	void clear() {
		this.groups.clear();
		this.changes.clear();
	}

	/**
	 * Change a value when all changes are known, so that each group is copied once.
	 * @param group name of the group
	 * @param name name of the value
	 * @param value the value, {@code null} to remove it
	 */
	void change(String group, String name, @Nullable T value) {
		this.changes.computeIfAbsent(group, (absent) -> new HashMap<>()).put(name, value);
	}

	void apply() {
		this.changes.forEach((group, changed) -> {
			SortedMap<String, T> next = new TreeMap<>(of(group));
			changed.forEach((name, value) -> {
				if (value != null) {
					next.put(name, value);
				}
				else {
					next.remove(name);
				}
			});
			if (next.isEmpty()) {
				this.groups.remove(group);
			}
			else {
				this.groups.put(group, Collections.unmodifiableSortedMap(next));
			}
		});
		this.changes.clear();
	}

	/**
	 * Return the names of all groups.
	 * @return the names, sorted
	 */
	List<String> names() {
		return List.copyOf(this.groups.keySet());
	}

	/**
	 * Return a group.
	 * @param group its name
	 * @return its values by name, sorted, unmodifiable; empty if it does not exist
	 */
	SortedMap<String, T> of(String group) {
		return this.groups.getOrDefault(group, Collections.emptySortedMap());
	}

	/**
	 * Return the values of all groups.
	 * @return the values, sorted by group and name
	 */
	List<T> all() {
		return this.groups.values().stream().flatMap((group) -> group.values().stream()).toList();
	}

	@Nullable T find(String group, String name) {
		return of(group).get(name);
	}

}
