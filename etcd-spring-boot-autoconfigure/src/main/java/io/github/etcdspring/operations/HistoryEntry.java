package io.github.etcdspring.operations;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Write of configuration, as recorded in the history.
 *
 * @param revision revision of etcd of the write. If another tool has deleted a key, and
 * etcd has compacted that revision, it is the one at which the deletion was seen
 * @param time when the write was sent, by the clock of its author. For a write by another
 * tool, when it was seen
 * @param author who has written, {@link #OUTSIDE} for a write by another tool
 * @param comment why, possibly empty
 * @param changes the changed keys, ordered by key
 * @since 0.1.0
 */
public record HistoryEntry(long revision, Instant time, String author, String comment, List<HistoryChange> changes) {

	/**
	 * Author of writes that left no entry, such as those of {@code etcdctl}.
	 */
	public static final String OUTSIDE = "outside";

	public HistoryEntry {
		changes = List.copyOf(changes);
	}

	/**
	 * Return whether another tool has written.
	 * @return whether the author is {@link #OUTSIDE}
	 */
	public boolean isOutside() {
		return this.author.equals(OUTSIDE);
	}

	/**
	 * Return the changes that restore the former values, on condition that the keys have
	 * not been modified since this write.
	 * @return the changes, to be written or proposed
	 * @throws EtcdConfigException if the text of a former value is not known, for example
	 * because it is a secret
	 */
	public ConfigChange[] undo() {
		requireTexts(this.changes.stream().filter((change) -> isTextMissing(change.former())).toList());
		List<ConfigChange> undone = new ArrayList<>();
		for (HistoryChange change : this.changes) {
			undone.add(change(change.key(), change.former()).ifRevision((change.value() != null) ? this.revision : 0));
		}
		return undone.toArray(ConfigChange[]::new);
	}

	/**
	 * Return the changes that write the values of this entry again, whatever the current
	 * values are.
	 * @return the changes, to be written or proposed
	 * @throws EtcdConfigException if the text of a value is not known, for example
	 * because it is a secret
	 */
	public ConfigChange[] redo() {
		requireTexts(this.changes.stream().filter((change) -> isTextMissing(change.value())).toList());
		return this.changes.stream().map((change) -> change(change.key(), change.value())).toArray(ConfigChange[]::new);
	}

	private static boolean isTextMissing(@Nullable ConfigValue value) {
		return value != null && value.text() == null;
	}

	private void requireTexts(List<HistoryChange> missing) {
		if (!missing.isEmpty()) {
			throw new EtcdConfigException("Failed to restore revision " + this.revision + ": only hashes are known of "
					+ String.join(", ", missing.stream().map(HistoryChange::key).toList())
					+ ". Write these keys with their values", null);
		}
	}

	private static ConfigChange change(String key, @Nullable ConfigValue value) {
		return (value != null && value.text() != null) ? ConfigChange.put(key, value.text()) : ConfigChange.delete(key);
	}

}
