package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Report on a {@link Mirror}.
 *
 * @param name name of the content
 * @param keys the keys or prefixes that are watched
 * @param revision revision of the copy, 0 before the first list
 * @param entries number of keys in the copy
 * @param status whether the copy is up to date
 * @param resyncs number of lists that were necessary because etcd no longer had the
 * changes, or has another history
 * @param missed number of changes that the watch missed and the reconciliation found
 * @param forbidden the keys or prefixes that the user may not read
 * @param watches number of watches that have been opened
 * @param deliveries number of deliveries of events to the listener
 * @param deliveryTime total time from the arrival of events to the end of their delivery
 * @param lastDelivery time of the last delivery, {@code null} if there was none
 */
public record MirrorReport(String name, List<String> keys, long revision, int entries, MirrorStatus status,
		long resyncs, long missed, List<String> forbidden, long watches, long deliveries, Duration deliveryTime,
		@Nullable Instant lastDelivery) {

}
