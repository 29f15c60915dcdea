package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.WatchOption;
import org.jspecify.annotations.Nullable;

/**
 * A single key, or all keys that start with a prefix.
 *
 * @param start the key or the prefix
 * @param end the first key beyond the prefix, {@code null} for a single key
 */
public record KeyRange(ByteSequence start, @Nullable ByteSequence end) {

	/**
	 * All keys that start with a prefix.
	 * @param prefix the prefix, not empty
	 * @return the range
	 */
	public static KeyRange prefix(String prefix) {
		ByteSequence start = ByteSequence.from(prefix, StandardCharsets.UTF_8);
		return new KeyRange(start, OptionsUtil.prefixEndOf(start));
	}

	/**
	 * One key.
	 * @param key the key
	 * @return the range
	 */
	public static KeyRange key(ByteSequence key) {
		return new KeyRange(key, null);
	}

	GetOption.Builder getOption() {
		GetOption.Builder option = GetOption.builder();
		return (this.end != null) ? option.withRange(this.end) : option;
	}

	WatchOption.Builder watchOption() {
		WatchOption.Builder option = WatchOption.builder();
		return (this.end != null) ? option.withRange(this.end) : option;
	}

	@Override
	public String toString() {
		return this.start.toString(StandardCharsets.UTF_8);
	}

}
