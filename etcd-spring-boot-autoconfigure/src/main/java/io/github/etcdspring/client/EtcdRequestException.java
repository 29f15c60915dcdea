package io.github.etcdspring.client;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a request to etcd failed or timed out. jetcd reports the same failure by
 * different exceptions and messages; this class maps them to one {@link Reason}.
 */
public final class EtcdRequestException extends Exception {

	/**
	 * Why the request failed.
	 */
	public enum Reason {

		/** No member is reachable and able to serve requests. */
		UNAVAILABLE,

		/** The request timed out; it may have taken effect. */
		TIMEOUT,

		/** User or password is wrong. */
		BAD_CREDENTIALS,

		/** A user is configured, but authentication is disabled in etcd. */
		AUTHENTICATION_DISABLED,

		/** No user is configured, or the token is no longer accepted. */
		UNAUTHENTICATED,

		/** The user lacks a role for the key. */
		PERMISSION_DENIED,

		/** The lease has expired or was revoked. */
		NOT_FOUND,

		/** The revision has been compacted or was never reached. */
		REVISION_GONE,

		/** The request or response is too large. */
		TOO_LARGE,

		/** Too many requests; the request succeeds when retried later. */
		RATE_LIMITED,

		/** The space quota of etcd is exhausted. */
		OUT_OF_SPACE,

		/** The server is not etcd. */
		NOT_ETCD,

		/** The libraries on the class path are incompatible with the client. */
		INCOMPATIBLE_LIBRARY,

		/** Anything else. */
		OTHER

	}

	private final Reason reason;

	EtcdRequestException(Reason reason, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.reason = reason;
	}

	/**
	 * Convert an exception of jetcd or gRPC.
	 * @param failure the failure of a future or of a watch
	 * @return the converted exception, or the same one if it is of this type
	 */
	public static EtcdRequestException of(Throwable failure) {
		if (failure instanceof EtcdRequestException exception) {
			return exception;
		}
		LinkageError error = ClientLibraries.findError(failure);
		if (error != null) {
			return new EtcdRequestException(Reason.INCOMPATIBLE_LIBRARY, String.valueOf(error), failure);
		}
		Throwable root = etcdCause(failure);
		Status status = status(root);
		if (status.getCode() == Status.Code.UNAUTHENTICATED && status.getCause() != null
				&& Causes.of(status.getCause()).noneMatch(root::equals)) {
			// jetcd reports any failure of its Authenticate call as UNAUTHENTICATED
			return of(status.getCause());
		}
		String message = message(root, status);
		return new EtcdRequestException(reason(root, status, message), message, failure);
	}

	private static String message(Throwable failure, Status status) {
		if (status.getDescription() != null) {
			return firstLine(status.getDescription());
		}
		if (Causes.find(RejectedExecutionException.class, failure) != null) {
			// the threads of jetcd end with the connection
			return "the connection is closed";
		}
		return (failure instanceof EtcdException || isStatus(failure)) ? status.getCode().name()
				: failure.getClass().getSimpleName();
	}

	/**
	 * Create an exception for a request that timed out.
	 * @param message the message
	 * @return the failure
	 */
	public static EtcdRequestException timeout(String message) {
		return new EtcdRequestException(Reason.TIMEOUT, message, null);
	}

	/**
	 * Create an exception for a stream that the server closed.
	 * @return the failure
	 */
	public static EtcdRequestException closed() {
		return new EtcdRequestException(Reason.UNAVAILABLE, "the stream was closed", null);
	}

	/**
	 * Create an exception for a store that lost earlier revisions.
	 * @return the failure
	 */
	public static EtcdRequestException historyLost() {
		return new EtcdRequestException(Reason.REVISION_GONE, "etcd has been wiped, restored or compacted", null);
	}

	/**
	 * Create an exception for a watch whose events arrive faster than they are processed.
	 * @return the failure
	 */
	public static EtcdRequestException tooManyPendingChanges() {
		return new EtcdRequestException(Reason.TOO_LARGE, "too many pending changes", null);
	}

	/**
	 * Create an exception for a range that the user may not read.
	 * @return the failure
	 */
	public static EtcdRequestException permissionDenied() {
		return new EtcdRequestException(Reason.PERMISSION_DENIED, "permission denied", null);
	}

	/**
	 * Create an exception for a lease that has expired or was revoked.
	 * @return the failure
	 */
	public static EtcdRequestException leaseGone() {
		return new EtcdRequestException(Reason.NOT_FOUND, "the lease is gone", null);
	}

	private static Throwable etcdCause(Throwable failure) {
		return Causes.of(failure)
			.filter((cause) -> cause instanceof EtcdException || isStatus(cause))
			.findFirst()
			.orElse(failure);
	}

	private static Status status(Throwable failure) {
		if (failure instanceof EtcdException exception) {
			return Status.Code.valueOf(exception.getErrorCode().name())
				.toStatus()
				.withDescription(exception.getMessage())
				.withCause(exception.getCause());
		}
		// gRPC would look for a status in causes that may be circular
		return (isStatus(failure)) ? Status.fromThrowable(failure) : Status.UNKNOWN.withCause(failure);
	}

	private static boolean isStatus(Throwable failure) {
		return failure instanceof StatusRuntimeException || failure instanceof StatusException;
	}

	private static Reason reason(Throwable failure, Status status, String message) {
		if (failure instanceof CompactedException) {
			return Reason.REVISION_GONE;
		}
		return switch (status.getCode()) {
			case UNAVAILABLE -> Reason.UNAVAILABLE;
			case DEADLINE_EXCEEDED -> Reason.TIMEOUT;
			case PERMISSION_DENIED -> Reason.PERMISSION_DENIED;
			case UNAUTHENTICATED -> Reason.UNAUTHENTICATED;
			case NOT_FOUND -> Reason.NOT_FOUND;
			case OUT_OF_RANGE -> Reason.REVISION_GONE;
			case RESOURCE_EXHAUSTED -> exhausted(message);
			case UNIMPLEMENTED -> Reason.NOT_ETCD;
			// reported by gRPC if a connection is closed while a call starts
			case UNKNOWN -> (message.equals("channel closed")) ? Reason.UNAVAILABLE : reason(message);
			default -> reason(message);
		};
	}

	/** gRPC and etcd use the same status for message size, rate limit and quota. */
	private static Reason exhausted(String message) {
		if (message.contains("space exceeded")) {
			return Reason.OUT_OF_SPACE;
		}
		boolean large = message.contains("exceeds maximum size") || message.contains("larger than max")
				|| message.contains("too large");
		return (large) ? Reason.TOO_LARGE : Reason.RATE_LIMITED;
	}

	private static Reason reason(String message) {
		if (message.contains("authentication failed")) {
			return Reason.BAD_CREDENTIALS;
		}
		if (message.contains("authentication is not enabled")) {
			return Reason.AUTHENTICATION_DISABLED;
		}
		if (message.contains("permission denied")) {
			return Reason.PERMISSION_DENIED;
		}
		if (message.contains("user name is empty") || message.contains("invalid auth token")
				|| message.contains("auth store is old") || message.contains("failed to create watch id")) {
			return Reason.UNAUTHENTICATED;
		}
		if (message.contains("request is too large")) {
			return Reason.TOO_LARGE;
		}
		return (message.contains("HTTP status code")) ? Reason.NOT_ETCD : Reason.OTHER;
	}

	private static String firstLine(String text) {
		return text.lines().findFirst().orElse("");
	}

	/**
	 * Return why the request failed.
	 * @return the reason
	 */
	public Reason reason() {
		return this.reason;
	}

	/**
	 * Return the revision that etcd has compacted, if a watch started before it.
	 * @return the compacted revision, 0 if it is unknown
	 */
	public long compactedRevision() {
		return (etcdCause(this) instanceof CompactedException compacted) ? compacted.getCompactedRevision() : 0;
	}

	/**
	 * Return whether the failure persists until an operator intervenes.
	 * @return {@code true} for credentials, permissions and libraries
	 */
	public boolean requiresIntervention() {
		return switch (this.reason) {
			case BAD_CREDENTIALS, AUTHENTICATION_DISABLED, PERMISSION_DENIED, UNAUTHENTICATED, INCOMPATIBLE_LIBRARY ->
				true;
			default -> false;
		};
	}

	/**
	 * Return the delay between retries of a failure that requires intervention.
	 * @return 30 seconds, or 5 seconds for a denied permission, as only authentication
	 * makes etcd compute a password hash
	 */
	public Duration retryDelay() {
		return Duration.ofSeconds((this.reason == Reason.PERMISSION_DENIED) ? 5 : 30);
	}

	/**
	 * Return whether etcd did not answer.
	 * @return {@code true} if etcd is unavailable or the request timed out
	 */
	public boolean isUnanswered() {
		return this.reason == Reason.UNAVAILABLE || this.reason == Reason.TIMEOUT;
	}

	@Override
	public String getMessage() {
		return String.valueOf(super.getMessage());
	}

}
