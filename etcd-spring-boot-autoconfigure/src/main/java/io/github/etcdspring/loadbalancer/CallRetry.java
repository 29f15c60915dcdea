package io.github.etcdspring.loadbalancer;

import java.util.Set;
import java.util.function.ToIntFunction;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Decides whether to retry a call: if it never reached an instance, and optionally if it
 * may have been processed but its method is idempotent. A call is attempted at most once
 * for each instance of the service, and after a read timeout at most twice.
 */
final class CallRetry {

	private static final Set<HttpMethod> IDEMPOTENT = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS,
			HttpMethod.PUT, HttpMethod.DELETE);

	private final ToIntFunction<String> instances;

	private final boolean idempotentMethods;

	/**
	 * Create a decision.
	 * @param instances number of instances of a service in etcd, 0 for any other service
	 * @param idempotentMethods whether calls that may have been processed are made again
	 * if their method is idempotent
	 */
	CallRetry(ToIntFunction<String> instances, boolean idempotentMethods) {
		this.instances = instances;
		this.idempotentMethods = idempotentMethods;
	}

	/**
	 * Whether a call is made again.
	 * @param service name of the service
	 * @param method method of the request
	 * @param exception what the call failed with
	 * @param attempts number of attempts made
	 * @return {@code true} if it is safe and there may be another instance
	 */
	boolean isAllowed(String service, @Nullable HttpMethod method, Throwable exception, long attempts) {
		if (attempts >= this.instances.applyAsInt(service)) {
			return false;
		}
		CallFailure failure = CallFailure.of(exception);
		boolean repeatable = this.idempotentMethods && method != null && IDEMPOTENT.contains(method);
		return failure == CallFailure.NOT_CONNECTED || (failure == CallFailure.CONNECTION_LOST && repeatable)
		// Once, as a service that is slow as a whole would get a multiple of the calls
				|| (failure == CallFailure.READ_TIMEOUT && repeatable && attempts == 1);
	}

}
