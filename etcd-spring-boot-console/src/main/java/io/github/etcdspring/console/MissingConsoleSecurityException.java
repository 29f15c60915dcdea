package io.github.etcdspring.console;

/**
 * Thrown if the application has no Spring Security that protects the console.
 */
@SuppressWarnings("serial")
final class MissingConsoleSecurityException extends RuntimeException {

	MissingConsoleSecurityException() {
		super("The etcd console requires Spring Security");
	}

}
