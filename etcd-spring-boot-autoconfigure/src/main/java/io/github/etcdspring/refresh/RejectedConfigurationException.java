package io.github.etcdspring.refresh;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a candidate configuration cannot be applied. The message names the key and
 * the reason, without any value.
 *
 * @since 0.1.0
 */
public final class RejectedConfigurationException extends Exception {

	private static final long serialVersionUID = 1L;

	private final transient @Nullable KeyOrigin origin;

	private final boolean transientFailure;

	/**
	 * Create an exception.
	 * @param origin the key at fault, {@code null} if it is not known
	 * @param reason why the candidate cannot be applied; must not contain values
	 */
	public RejectedConfigurationException(@Nullable KeyOrigin origin, String reason) {
		this(origin, reason, false);
	}

	RejectedConfigurationException(@Nullable KeyOrigin origin, String reason, boolean transientFailure) {
		super((origin != null) ? origin + ": " + reason : reason);
		this.origin = origin;
		this.transientFailure = transientFailure;
	}

	/**
	 * Return whether the same candidate may be accepted later.
	 */
	boolean transientFailure() {
		return this.transientFailure;
	}

	/**
	 * Return the key at fault.
	 * @return the key, {@code null} if it is not known
	 */
	public @Nullable KeyOrigin origin() {
		return this.origin;
	}

}
