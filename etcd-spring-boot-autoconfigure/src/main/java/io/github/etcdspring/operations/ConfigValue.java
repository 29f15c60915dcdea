package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import io.etcd.jetcd.ByteSequence;
import org.jspecify.annotations.Nullable;

/**
 * Value of a key in the history, in a snapshot or in a {@link ConfigState}.
 *
 * @param text the value, {@code null} if only its hash is recorded, or if it is not known
 * @param sha256 SHA-256 hash of the value in hexadecimal digits, if it is a secret, too
 * large for the history, or not UTF-8
 * @since 0.1.0
 */
public record ConfigValue(@Nullable String text, @Nullable String sha256) {

	/** A value that another tool has replaced and that etcd has compacted. */
	static final ConfigValue UNKNOWN = new ConfigValue(null, null);

	static ConfigValue of(String text, boolean secret) {
		return new ConfigValue(text, (secret) ? hash(text.getBytes(StandardCharsets.UTF_8)) : null);
	}

	static ConfigValue of(ByteSequence bytes, boolean secret) {
		String text = bytes.toString(StandardCharsets.UTF_8);
		return (ByteSequence.from(text, StandardCharsets.UTF_8).equals(bytes)) ? of(text, secret)
				: new ConfigValue(null, hash(bytes.getBytes()));
	}

	/**
	 * Return whether anything is known about the value. A value that another tool has
	 * replaced is unknown if etcd has compacted it.
	 * @return whether there is a text or a hash
	 */
	public boolean isKnown() {
		return this.text != null || this.sha256 != null;
	}

	/**
	 * Return whether this is the same value as another one. Hashes are compared if one of
	 * the texts is missing.
	 * @param other another value, {@code null} if there is none
	 * @return whether both are known and the same
	 */
	public boolean isSameAs(@Nullable ConfigValue other) {
		if (other == null || !isKnown() || !other.isKnown()) {
			return false;
		}
		return (this.text != null && other.text != null) ? this.text.equals(other.text)
				: hash(this).equals(hash(other));
	}

	/** Return this value as it is recorded: without its text if it is a secret. */
	ConfigValue withoutSecret() {
		return (this.sha256 != null) ? new ConfigValue(null, this.sha256) : this;
	}

	/** Return only the hash of this value. */
	ConfigValue withoutText() {
		return (isKnown()) ? new ConfigValue(null, hash(this)) : this;
	}

	private static String hash(ConfigValue value) {
		if (value.sha256 != null) {
			return value.sha256;
		}
		return hash(String.valueOf(value.text).getBytes(StandardCharsets.UTF_8));
	}

	private static String hash(byte[] bytes) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every JVM provides SHA-256", ex);
		}
	}

	/** Omit value and hash, which may be those of a secret. */
	@Override
	public String toString() {
		return "ConfigValue[" + ((this.text != null) ? "text]" : (this.sha256 != null) ? "hash]" : "unknown]");
	}

}
