package io.github.etcdspring.loadbalancer;

import java.util.function.ToIntFunction;

/**
 * Decides whether a call is made again: only one that never reached an instance, and at most
 * once for each instance of the service.
 */
final class ConnectRetry {

	private final ToIntFunction<String> instances;

	/**
	 * Create a decision.
	 * @param instances number of instances of a service in etcd, 0 for any other service
	 */
	ConnectRetry(ToIntFunction<String> instances) {
		this.instances = instances;
	}

	/**
	 * Whether a call is made again.
	 * @param service name of the service
	 * @param exception what the call failed with
	 * @param attempts number of attempts made
	 * @return {@code true} if the request was never sent and there may be another instance
	 */
	boolean isAllowed(String service, Throwable exception, long attempts) {
		return attempts < this.instances.applyAsInt(service)
				&& CallFailure.of(exception) == CallFailure.NOT_CONNECTED;
	}

}
