package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * An instance as the board shows it.
 *
 * @param key key of its calls
 * @param service name of the service
 * @param instance instance id
 * @param uri address
 * @param status status, {@code UP} if it accepts requests, {@code VANISHED} if it is no
 * longer in etcd but called as a last resort
 * @param zone zone, {@code null} if it has none
 * @param metadata other metadata
 * @param revision revision of the last put of its key
 * @param seen time at which the shop first saw that revision
 * @param self whether it is this shop
 */
record InstanceRow(String key, String service, String instance, String uri, String status, @Nullable String zone,
		Map<String, String> metadata, long revision, Instant seen, boolean self) {

}
