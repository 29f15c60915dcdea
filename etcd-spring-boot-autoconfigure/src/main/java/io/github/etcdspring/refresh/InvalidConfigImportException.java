package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

/**
 * The application cannot start with what etcd holds.
 */
public final class InvalidConfigImportException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient @Nullable KeyOrigin origin;

	/**
	 * Create an exception.
	 * @param cause the key and the reason
	 */
	public InvalidConfigImportException(RejectedCandidateException cause) {
		super("The configuration in etcd cannot be used: " + cause.getMessage(), cause);
		this.origin = cause.origin();
	}

	/**
	 * The key that is at fault.
	 * @return the key, {@code null} if that is not known
	 */
	@Nullable KeyOrigin origin() {
		return this.origin;
	}

}
