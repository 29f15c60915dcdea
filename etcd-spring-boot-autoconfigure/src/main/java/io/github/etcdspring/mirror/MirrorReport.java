package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

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

	/**
	 * Return the sum of several mirrors.
	 * @param name name of the content of all
	 * @param status status of all
	 * @param reports the reports
	 * @return a report with the highest revision, and the sum of all other figures
	 */
	public static MirrorReport sum(String name, MirrorStatus status, List<MirrorReport> reports) {
		return new MirrorReport(name, reports.stream().flatMap((report) -> report.keys().stream()).toList(),
				reports.stream().mapToLong(MirrorReport::revision).max().orElse(0),
				reports.stream().mapToInt(MirrorReport::entries).sum(), status,
				reports.stream().mapToLong(MirrorReport::resyncs).sum(),
				reports.stream().mapToLong(MirrorReport::missed).sum(),
				reports.stream().flatMap((report) -> report.forbidden().stream()).toList(),
				reports.stream().mapToLong(MirrorReport::watches).sum(),
				reports.stream().mapToLong(MirrorReport::deliveries).sum(),
				reports.stream().map(MirrorReport::deliveryTime).reduce(Duration.ZERO, Duration::plus),
				reports.stream()
					.map(MirrorReport::lastDelivery)
					.filter(Objects::nonNull)
					.max(Comparator.naturalOrder())
					.orElse(null));
	}

}
