package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when configuration in etcd cannot be read or written. The message contains the
 * key or prefix, the reason and a remedy, but no value.
 *
 * @since 0.1.0
 */
public class EtcdConfigException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/**
	 * Create an exception.
	 * @param message the key or prefix, the reason and a remedy, without any value
	 * @param cause the cause, {@code null} if there is none
	 */
	public EtcdConfigException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
