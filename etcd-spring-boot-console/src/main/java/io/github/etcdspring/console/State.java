package io.github.etcdspring.console;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * When each topic has changed, as a revision of etcd.
 *
 * @param services revision of the services
 * @param configuration revision of the configuration
 * @param fleet revision of the fleet
 * @param overrides revision of the overrides
 * @param rollouts revision of the rollouts
 * @param connected whether the content is up to date
 * @param staleSince since when it is not, {@code null} if it is
 * @param forbidden topics that etcd does not permit the application to read
 */
record State(long services, long configuration, long fleet, long overrides, long rollouts, boolean connected,
		@Nullable Instant staleSince, List<String> forbidden) {

}
