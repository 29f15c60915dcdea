package io.github.etcdspring.config;

import org.jspecify.annotations.Nullable;

/**
 * The application cannot start with what etcd holds.
 */
final class InvalidConfigImportException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient @Nullable EtcdKeyOrigin origin;

	InvalidConfigImportException(InvalidConfigurationException cause) {
		super("The configuration in etcd cannot be used: " + cause.getMessage(), cause);
		this.origin = cause.origin();
	}

	/**
	 * The key that is at fault.
	 * @return the key, {@code null} if that is not known
	 */
	@Nullable EtcdKeyOrigin origin() {
		return this.origin;
	}

}
