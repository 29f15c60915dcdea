package io.github.etcdspring.client;

import java.time.Duration;

import io.etcd.jetcd.common.exception.CompactedException;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * A request that etcd did not answer, or refused. jetcd reports the same fault in several
 * forms; this is the one form that the starter decides by.
 */
public final class EtcdRequestException extends Exception {

	/**
	 * Why the request failed.
	 */
	public enum Reason {

		/** No member could be reached or is able to serve. */
		UNAVAILABLE,

		/** No answer in time; whether the request took effect is unknown. */
		TIMEOUT,

		/** User or password is wrong. */
		BAD_CREDENTIALS,

		/** A user is configured and etcd has authentication switched off. */
		AUTHENTICATION_DISABLED,

		/** No user is configured, or the token is no longer accepted. */
		UNAUTHENTICATED,

		/** The user lacks a role for the key. */
		PERMISSION_DENIED,

		/** The lease is gone. */
		NOT_FOUND,

		/** The revision has been compacted or was never reached. */
		REVISION_GONE,

		/** The request or its answer is too large. */
		TOO_LARGE,

		/** Too many requests: the same request succeeds later. */
		RATE_LIMITED,

		/** The space quota of etcd is used up. */
		OUT_OF_SPACE,

		/** What answered is not etcd. */
		NOT_ETCD,

		/** The client does not work with the libraries on the class path. */
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
	 * Translate what jetcd or gRPC threw.
	 * @param failure the failure of a future or of a watch
	 * @return the same failure in the starter's terms
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
		if (status.getCode() == Status.Code.UNAUTHENTICATED && status.getCause() != null) {
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
		return (failure instanceof EtcdException || failure instanceof StatusRuntimeException) ? status.getCode().name()
				: failure.getClass().getSimpleName();
	}

	/**
	 * A request without an answer in time.
	 * @param message what was asked for
	 * @return the failure
	 */
	public static EtcdRequestException timeout(String message) {
		return new EtcdRequestException(Reason.TIMEOUT, message, null);
	}

	/**
	 * A stream that the other side ended.
	 * @return the failure
	 */
	public static EtcdRequestException closed() {
		return new EtcdRequestException(Reason.UNAVAILABLE, "the stream was closed", null);
	}

	/**
	 * A store that does not hold what it held at an earlier revision.
	 * @return the failure
	 */
	public static EtcdRequestException historyLost() {
		return new EtcdRequestException(Reason.REVISION_GONE, "etcd has been wiped, restored or compacted", null);
	}

	/**
	 * A stream that delivers faster than it is read.
	 * @return the failure
	 */
	public static EtcdRequestException tooManyPendingChanges() {
		return new EtcdRequestException(Reason.TOO_LARGE, "too many pending changes", null);
	}

	/**
	 * A range that this user may not read.
	 * @return the failure
	 */
	public static EtcdRequestException permissionDenied() {
		return new EtcdRequestException(Reason.PERMISSION_DENIED, "permission denied", null);
	}

	/**
	 * A lease that etcd does not know any more.
	 * @return the failure
	 */
	public static EtcdRequestException leaseGone() {
		return new EtcdRequestException(Reason.NOT_FOUND, "the lease is gone", null);
	}

	private static Throwable etcdCause(Throwable failure) {
		for (Throwable candidate = failure; candidate != null; candidate = candidate.getCause()) {
			if (candidate instanceof EtcdException || candidate instanceof StatusRuntimeException) {
				return candidate;
			}
		}
		return failure;
	}

	private static Status status(Throwable failure) {
		return (failure instanceof EtcdException exception) ? Status.Code.valueOf(exception.getErrorCode().name())
			.toStatus()
			.withDescription(exception.getMessage())
			.withCause(exception.getCause()) : Status.fromThrowable(failure);
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
			// of a connection that ends while a call begins gRPC knows no more than this
			case UNKNOWN -> (message.equals("channel closed")) ? Reason.UNAVAILABLE : reason(message);
			default -> reason(message);
		};
	}

	/** gRPC and etcd use one status for a message too large and a request too many. */
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
	 * Why the request failed.
	 * @return the reason
	 */
	public Reason reason() {
		return this.reason;
	}

	/**
	 * How far etcd has forgotten, where a watch asked for what was before.
	 * @return the revision of the compaction, 0 if it is not known
	 */
	public long compactedRevision() {
		return (etcdCause(this) instanceof CompactedException compacted) ? compacted.getCompactedRevision() : 0;
	}

	/**
	 * Whether only a person can mend it, so that asking again soon is of no use.
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
	 * How long to wait for the person who can mend it.
	 * @return half a minute where each refused request costs etcd the check of a
	 * password, and less where it does not
	 */
	public Duration retryDelay() {
		return Duration.ofSeconds((this.reason == Reason.PERMISSION_DENIED) ? 5 : 30);
	}

	/**
	 * Whether no member has said anything.
	 * @return {@code true} if there was nobody to ask or no answer in time
	 */
	public boolean isUnanswered() {
		return this.reason == Reason.UNAVAILABLE || this.reason == Reason.TIMEOUT;
	}

	@Override
	public String getMessage() {
		return String.valueOf(super.getMessage());
	}

}
