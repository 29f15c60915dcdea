package io.github.etcdspring.console;

/**
 * Thrown if a request cannot be answered at the moment.
 */
@SuppressWarnings("serial")
final class NotReadyException extends RuntimeException {

	NotReadyException(String message) {
		super(message);
	}

}
