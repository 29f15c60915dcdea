package io.github.etcdspring.console;

import java.util.List;
import java.util.Objects;

import io.github.etcdspring.operations.ConfigChange;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Request to change keys.
 *
 * @param comment why
 * @param changes the changes
 * @param waitSeconds how long to wait for the instances, {@code null} for the default
 */
record ChangeRequest(@Nullable String comment, @Nullable List<@Nullable Change> changes,
		@Nullable Integer waitSeconds) {

	@Override
	public String comment() {
		return Objects.requireNonNullElse(this.comment, "");
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return "ChangeRequest";
	}

	static List<Change> required(@Nullable List<@Nullable Change> changes, ConsoleKeys keys) {
		Assert.isTrue(changes != null && !changes.isEmpty(), "'changes' must not be empty");
		return changes.stream().map((change) -> {
			Assert.isTrue(change != null, "A change must not be null");
			keys.requireKey(change.key());
			return change;
		}).toList();
	}

	static ConfigChange[] toChanges(@Nullable List<@Nullable Change> changes, ConsoleKeys keys) {
		return required(changes, keys).stream().map(Change::toChange).toArray(ConfigChange[]::new);
	}

	/**
	 * Change of a key.
	 *
	 * @param key the key
	 * @param value its new value, {@code null} to delete the key
	 * @param revision revision that the key must be at, {@code null} if it does not
	 * matter
	 */
	record Change(@Nullable String key, @Nullable String value, @Nullable Long revision) {

		@Override
		public String key() {
			return Objects.requireNonNullElse(this.key, "");
		}

		ConfigChange toChange() {
			ConfigChange change = (this.value != null) ? ConfigChange.put(key(), this.value)
					: ConfigChange.delete(key());
			return (this.revision != null) ? change.ifRevision(this.revision) : change;
		}

		/** Omit the value, which may be a secret. */
		@Override
		public String toString() {
			return key();
		}

	}

}
