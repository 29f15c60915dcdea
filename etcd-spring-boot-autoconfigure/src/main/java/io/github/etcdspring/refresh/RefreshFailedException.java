package io.github.etcdspring.refresh;

/**
 * Thrown when a change could not be applied for a reason that may be temporary. The
 * caller retries it. The message contains no value.
 */
public final class RefreshFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	RefreshFailedException(String message) {
		super(message);
	}

}
