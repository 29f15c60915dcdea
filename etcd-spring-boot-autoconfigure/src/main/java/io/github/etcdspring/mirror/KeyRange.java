package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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

	private static final ByteSequence OPEN_END = ByteSequence.from(new byte[1]);

	/**
	 * Return the range of all keys that start with a prefix.
	 * @param prefix the prefix, not empty
	 * @return the range
	 */
	public static KeyRange prefix(String prefix) {
		ByteSequence start = ByteSequence.from(prefix, StandardCharsets.UTF_8);
		return new KeyRange(start, OptionsUtil.prefixEndOf(start));
	}

	/**
	 * Return the range of a single key.
	 * @param key the key
	 * @return the range
	 */
	public static KeyRange key(ByteSequence key) {
		return new KeyRange(key, null);
	}

	/**
	 * Drop the ranges that lie within another one, so that no key is read twice.
	 */
	static List<KeyRange> withoutOverlap(List<KeyRange> ranges) {
		Set<KeyRange> distinct = new LinkedHashSet<>(ranges);
		return distinct.stream()
			.filter((range) -> distinct.stream().noneMatch((other) -> !other.equals(range) && other.contains(range)))
			.toList();
	}

	boolean contains(ByteSequence key) {
		if (this.end == null) {
			return this.start.equals(key);
		}
		return compare(this.start, key) <= 0 && (hasOpenEnd() || compare(key, this.end) < 0);
	}

	private boolean contains(KeyRange other) {
		return contains(other.start) && (other.end == null || hasOpenEnd()
				|| (this.end != null && !other.hasOpenEnd() && compare(other.end, this.end) <= 0));
	}

	/** The prefix has no successor, which etcd encodes as a single zero byte. */
	private boolean hasOpenEnd() {
		return OPEN_END.equals(this.end);
	}

	private static int compare(ByteSequence one, ByteSequence other) {
		return Arrays.compareUnsigned(one.getBytes(), other.getBytes());
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
