package io.github.etcdspring.registry;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Status of the registration of an instance of this application.
 *
 * @param service name of the service
 * @param instance id of the instance
 * @param key its key in etcd
 * @param status its status; only instances with status {@code UP} are called
 * @param state state of the registration
 * @param since time of the registration, {@code null} if it is not registered
 * @param override the decision of an operator that callers honor at the moment,
 * {@code null} if there is none
 */
public record RegistrationStatus(String service, String instance, String key, String status, State state,
		@Nullable Instant since, @Nullable InstanceOverride override) {

	/**
	 * State of a registration.
	 */
	public enum State {

		/** The instance is in etcd, according to the last response. */
		REGISTERED,

		/** The instance will be written as soon as etcd is available. */
		REGISTERING,

		/** The instance is not registered because it refuses traffic or is unhealthy. */
		WITHHELD

	}

}
