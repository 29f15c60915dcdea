package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the override of an instance cannot be read or written. The message contains
 * the reason and a remedy.
 *
 * @since 0.1.0
 */
public final class EtcdInstanceException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	EtcdInstanceException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
