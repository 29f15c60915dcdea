package io.github.etcdspring.refresh;

/**
 * Thrown when a setter does not accept the value that it would be given.
 */
final class SetterFailedException extends Exception {

	private static final long serialVersionUID = 1L;

	private final String property;

	SetterFailedException(String property, Throwable cause) {
		super("The setter of " + property + " failed (" + Rejection.kind(cause) + ")", cause);
		this.property = property;
	}

	/** Name of the property. */
	String property() {
		return this.property;
	}

}
