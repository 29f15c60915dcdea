package io.github.etcdspring.console;

/**
 * Thrown if a request is not permitted.
 */
@SuppressWarnings("serial")
final class RefusedException extends RuntimeException {

	RefusedException(String message) {
		super(message);
	}

}
