package io.github.etcdspring.registry;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How an instance of this application stands.
 *
 * @param service name of the service
 * @param instance id of the instance
 * @param key its key in etcd
 * @param status its status, of which only {@code UP} is called
 * @param state whether etcd has it
 * @param since since when etcd has it, {@code null} if it does not
 */
public record RegistrationStatus(String service, String instance, String key, String status, State state,
		@Nullable Instant since) {

	/**
	 * Whether etcd has an instance.
	 */
	public enum State {

		/** As far as is known, etcd has it. */
		REGISTERED,

		/** It is to be put as soon as etcd takes it. */
		REGISTERING,

		/** It is kept out, as it does not accept traffic or is not healthy. */
		WITHHELD

	}

}
