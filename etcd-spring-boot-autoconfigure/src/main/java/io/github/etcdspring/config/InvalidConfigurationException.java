package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

/**
 * A configuration that cannot be used as a whole. The message names the key and says why,
 * without any value.
 */
final class InvalidConfigurationException extends Exception {

	private static final long serialVersionUID = 1L;

	private final @Nullable EtcdKeyOrigin origin;

	/**
	 * Create the exception.
	 * @param origin the key that is at fault, {@code null} if that is not known
	 * @param reason why it cannot be used, without its value
	 */
	InvalidConfigurationException(@Nullable EtcdKeyOrigin origin, String reason) {
		super((origin != null) ? origin + ": " + reason : reason);
		this.origin = origin;
	}

	@Nullable EtcdKeyOrigin origin() {
		return this.origin;
	}

}
