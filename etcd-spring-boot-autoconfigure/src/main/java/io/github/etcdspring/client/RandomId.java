package io.github.etcdspring.client;

import java.security.SecureRandom;
import java.util.Locale;

/**
 * Random ids as parts of keys. Internal: public only for the other packages of the
 * starter.
 */
public final class RandomId {

	private static final SecureRandom random = new SecureRandom();

	private RandomId() {
	}

	/**
	 * Create an id.
	 * @return 48 random bits in hexadecimal digits: a collision among 10,000 ids has a
	 * probability below one in a million
	 */
	public static String create() {
		return String.format(Locale.ROOT, "%012x", random.nextLong() >>> 16);
	}

}
