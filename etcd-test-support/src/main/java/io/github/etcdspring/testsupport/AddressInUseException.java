package io.github.etcdspring.testsupport;

/**
 * Another process has taken a port that was free a moment ago.
 */
final class AddressInUseException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	AddressInUseException(String message) {
		super(message);
	}

}
