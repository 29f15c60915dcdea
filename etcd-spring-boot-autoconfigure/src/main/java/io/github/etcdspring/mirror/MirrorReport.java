package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Report on a {@link Mirror}.
 *
 * @param name what its ranges hold
 * @param keys the keys or prefixes that it follows
 * @param revision revision of etcd that it is a copy of, 0 before the first list
 * @param entries how many keys it holds
 * @param status whether it is up to date
 * @param resyncs how often the ranges had to be listed again, as etcd no longer had the
 * changes or has another history
 * @param missed how many changes only a reconciling list has found, as the watch did not
 * deliver them
 * @param forbidden the keys or prefixes that may not be read
 * @param watches how often a watch has been opened
 * @param deliveries how often events were delivered to the listener
 * @param deliveryTime the time from the arrival of the events until the listener was done
 * with them, all in all
 * @param lastDelivery when that was the last time, {@code null} if never
 */
public record MirrorReport(String name, List<String> keys, long revision, int entries, MirrorStatus status,
		long resyncs, long missed, List<String> forbidden, long watches, long deliveries, Duration deliveryTime,
		@Nullable Instant lastDelivery) {

}
