package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Immutable change of one key, as part of a transaction.
 *
 * <pre class="code">
 * operations.write(ConfigChange.put("/config/orders/greeting", "Hello").ifRevision(17),
 *     ConfigChange.delete("/config/orders/farewell"));
 * </pre>
 *
 * @since 0.1.0
 */
public final class ConfigChange {

	private final String key;

	private final @Nullable String value;

	private final @Nullable Long expected;

	private ConfigChange(String key, @Nullable String value, @Nullable Long expected) {
		Assert.hasLength(key, "'key' must not be empty");
		this.key = key;
		this.value = value;
		this.expected = expected;
	}

	/**
	 * Create a change that writes a key, whether it exists or not.
	 * @param key the key, not empty
	 * @param value the value
	 * @return the change
	 */
	public static ConfigChange put(String key, String value) {
		Assert.notNull(value, "'value' must not be null");
		return new ConfigChange(key, value, null);
	}

	/**
	 * Create a change that deletes a key, if it exists.
	 * @param key the key, not empty
	 * @return the change
	 */
	public static ConfigChange delete(String key) {
		return new ConfigChange(key, null, null);
	}

	/**
	 * Return this change on the condition that the key has not been modified since it was
	 * read. If it has, the whole transaction is rejected with an
	 * {@link EtcdConfigConflictException}.
	 * @param revision expected revision of the last modification of the key, see
	 * {@link ConfigEntry#revision()}; 0 if the key must not exist
	 * @return the conditional change
	 */
	public ConfigChange ifRevision(long revision) {
		Assert.isTrue(revision >= 0, "'revision' must not be negative");
		return new ConfigChange(this.key, this.value, revision);
	}

	/**
	 * Return the key.
	 * @return the key
	 */
	public String key() {
		return this.key;
	}

	/**
	 * Return the value to write.
	 * @return the value, {@code null} if the key is deleted
	 */
	public @Nullable String value() {
		return this.value;
	}

	/**
	 * Return the revision that the key must be at.
	 * @return the revision, {@code null} if the change is unconditional
	 */
	public @Nullable Long expected() {
		return this.expected;
	}

	/** Omit the value, which may be a secret. */
	@Override
	public String toString() {
		return ((this.value != null) ? "put " : "delete ") + this.key
				+ ((this.expected != null) ? " at revision " + this.expected : "");
	}

}
