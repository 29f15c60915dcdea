package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * An instance as the board shows it.
 *
 * @param key what its calls are found by
 * @param service name of the service
 * @param instance identifier of the instance
 * @param uri where it is called
 * @param status {@code UP} if it may be called
 * @param zone its zone, {@code null} if it says none
 * @param metadata the rest of its metadata
 * @param revision revision of etcd at which its key was last put
 * @param seen since when the shop has seen it at that revision
 * @param self whether it is the shop itself
 */
record InstanceRow(String key, String service, String instance, String uri, String status, @Nullable String zone,
		Map<String, String> metadata, long revision, Instant seen, boolean self) {

}
