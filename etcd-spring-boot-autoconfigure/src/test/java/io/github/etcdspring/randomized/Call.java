package io.github.etcdspring.randomized;

import java.util.List;

/**
 * A call of the observer through a load-balanced client. All times are by
 * {@link System#nanoTime}.
 *
 * @param client the client
 * @param start the start
 * @param end the end
 * @param attempts the instances that the load balancer chose one after the other
 * @param failure the exception, empty if the call was answered
 */
record Call(CallingClient client, long start, long end, List<Attempt> attempts, String failure) {

	boolean isAnswered() {
		return this.failure.isEmpty();
	}

	/**
	 * One attempt of a call.
	 *
	 * @param instance id of the instance
	 * @param revision revision of its key
	 * @param start the start
	 */
	record Attempt(String instance, long revision, long start) {

	}

}
