package io.github.etcdspring.testsupport;

/**
 * Thrown when another process has taken a port that was found free.
 */
final class AddressInUseException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	AddressInUseException(String message) {
		super(message);
	}

}
