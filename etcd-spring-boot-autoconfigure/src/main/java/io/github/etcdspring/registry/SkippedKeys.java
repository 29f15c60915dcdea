package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

import io.etcd.jetcd.ByteSequence;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Keys that are skipped, as their name or value is invalid. Each is logged once. Guarded
 * by the caller, except for {@link #count()}. Internal: public only for the catalog.
 */
public final class SkippedKeys {

	private static final Log logger = LogFactory.getLog(SkippedKeys.class);

	private static final int MAX_LENGTH = 300;

	private final String content;

	private final Set<ByteSequence> keys = new HashSet<>();

	private volatile int count;

	/**
	 * Create an empty set.
	 * @param content what the keys should hold, for log messages
	 */
	public SkippedKeys(String content) {
		this.content = content;
	}

	/**
	 * Skip a key.
	 * @param key the key
	 * @param reason why it is skipped, without its value
	 */
	public void add(ByteSequence key, String reason) {
		if (this.keys.add(key)) {
			this.count = this.keys.size();
			logger.warn("The etcd key " + printable(key.toString(StandardCharsets.UTF_8)) + " holds no " + this.content
					+ " and is skipped: " + reason);
		}
	}

	/**
	 * Forget a key that is valid now, or deleted.
	 * @param key the key
	 */
	public void remove(ByteSequence key) {
		if (this.keys.remove(key)) {
			this.count = this.keys.size();
		}
	}

	/**
	 * Forget keys that are no longer followed.
	 * @param key matches those keys
	 */
	public void removeIf(Predicate<ByteSequence> key) {
		this.keys.removeIf(key);
		this.count = this.keys.size();
	}

	/**
	 * Return the number of keys that are currently skipped.
	 * @return the number
	 */
	public int count() {
		return this.count;
	}

	/**
	 * Replace control characters, which could inject lines into the log, and truncate.
	 * @param name a name or a text from etcd
	 * @return a text for the log
	 */
	public static String printable(String name) {
		String text = name.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
		return (text.length() <= MAX_LENGTH) ? text : text.substring(0, MAX_LENGTH) + "...";
	}

}
