package io.github.etcdspring.demo;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Map;

/**
 * The user of the console that the consumer serves, with a password for this run.
 */
final class ConsoleUser {

	private static final int PASSWORD_BITS = 80;

	private final String password = new BigInteger(PASSWORD_BITS, new SecureRandom()).toString(Character.MAX_RADIX);

	String name() {
		return "operator";
	}

	String password() {
		return this.password;
	}

	/**
	 * Return environment variables of the consumer. A command line is visible to other
	 * users of the machine.
	 */
	Map<String, String> environment() {
		return Map.of("SPRING_SECURITY_USER_NAME", name(), "SPRING_SECURITY_USER_PASSWORD", password());
	}

}
