package io.github.etcdspring.cli;

/**
 * Prefix of the keys of a command, with a slash at its end.
 *
 * @param value the prefix
 */
record KeyPrefix(String value) {

	/**
	 * Create a prefix. A slash is added if it is missing, so that {@code /config/orders}
	 * does not include {@code /config/orders-archive/}.
	 * @param text the prefix
	 * @return the prefix with a slash at its end
	 */
	static KeyPrefix of(String text) {
		if (text.isBlank()) {
			throw new InvalidInputException("--prefix must not be empty");
		}
		return new KeyPrefix((text.endsWith("/")) ? text : text + "/");
	}

	String key(String name) {
		return this.value + name;
	}

	String name(String key) {
		return key.substring(this.value.length());
	}

}
