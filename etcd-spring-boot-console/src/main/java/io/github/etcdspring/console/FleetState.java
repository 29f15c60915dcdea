package io.github.etcdspring.console;

import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.refresh.ConfigurationStatus;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of an instance.
 *
 * @param applied revision that it uses
 * @param seen newest revision that it has received
 * @param rejected why it does not use the newest revision, {@code null} if it does
 * @param version version of the application
 */
record FleetState(long applied, long seen, @Nullable Rejection rejected, @Nullable String version) {

	static FleetState of(FleetInstance instance) {
		return new FleetState(instance.appliedRevision(), instance.seenRevision(), Rejection.of(instance.rejected()),
				instance.version());
	}

	/**
	 * A rejected configuration.
	 *
	 * @param revision the rejected revision
	 * @param key the key at fault, {@code null} if it is not known
	 * @param reason the reason, without any value
	 */
	record Rejection(long revision, @Nullable String key, String reason) {

		static @Nullable Rejection of(ConfigurationStatus.@Nullable Rejected rejected) {
			return (rejected != null) ? new Rejection(rejected.revision(), rejected.key(), rejected.reason()) : null;
		}

	}

}
