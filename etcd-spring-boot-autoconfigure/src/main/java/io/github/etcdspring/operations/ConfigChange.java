package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * A change of one key, as part of a transaction.
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
		Assert.hasLength(key, "A change needs a key");
		this.key = key;
		this.value = value;
		this.expected = expected;
	}

	/**
	 * Write a key.
	 * @param key the key
	 * @param value the value
	 * @return the change
	 */
	public static ConfigChange put(String key, String value) {
		Assert.notNull(value, "To put a key needs a value");
		return new ConfigChange(key, value, null);
	}

	/**
	 * Delete a key, if it is there.
	 * @param key the key
	 * @return the change
	 */
	public static ConfigChange delete(String key) {
		return new ConfigChange(key, null, null);
	}

	/**
	 * The same change for the case only that nobody else has changed the key.
	 * @param revision revision at which the key was last put, as it was read; 0 if it
	 * must not exist
	 * @return the change
	 */
	public ConfigChange ifRevision(long revision) {
		Assert.isTrue(revision >= 0, "A revision is not negative");
		return new ConfigChange(this.key, this.value, revision);
	}

	String key() {
		return this.key;
	}

	@Nullable String value() {
		return this.value;
	}

	@Nullable Long expected() {
		return this.expected;
	}

	/** Without the value, which may be a secret. */
	@Override
	public String toString() {
		return ((this.value != null) ? "put " : "delete ") + this.key
				+ ((this.expected != null) ? " at revision " + this.expected : "");
	}

}
