package io.github.etcdspring.operations;

import org.jspecify.annotations.Nullable;

/**
 * Configuration in etcd could not be read or written. The message names key or prefix,
 * reason and remedy, and no value.
 *
 * @since 0.1.0
 */
public class EtcdConfigException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	EtcdConfigException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
