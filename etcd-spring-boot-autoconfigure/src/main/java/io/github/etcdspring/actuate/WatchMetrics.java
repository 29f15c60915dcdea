package io.github.etcdspring.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.github.etcdspring.mirror.MirrorReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

/**
 * Meters of a watch: staleness, reconnects, resyncs and delivery of changes.
 */
final class WatchMetrics implements MeterBinder {

	private final String watch;

	private final Supplier<@Nullable MirrorReport> report;

	/**
	 * Create the metrics of a watch.
	 * @param watch name of the watch, used as a tag
	 * @param report provides the state of the watch, {@code null} while it is closed
	 */
	WatchMetrics(String watch, Supplier<@Nullable MirrorReport> report) {
		this.watch = watch;
		this.report = report;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		TimeGauge.builder("etcd.watch.stale", this, TimeUnit.MILLISECONDS, WatchMetrics::staleMillis)
			.tag("watch", this.watch)
			.description("Time since the watch became stale, 0 while it is in sync")
			.register(registry);
		FunctionCounter.builder("etcd.watch.opened", this, (metrics) -> metrics.read(MirrorReport::watches))
			.tag("watch", this.watch)
			.description("Opened watches: one at startup and one for each reconnect")
			.register(registry);
		FunctionCounter.builder("etcd.watch.resyncs", this, (metrics) -> metrics.read(MirrorReport::resyncs))
			.tag("watch", this.watch)
			.description("Full resyncs, after a compaction or restore of etcd")
			.register(registry);
		ToLongFunction<WatchMetrics> count = (metrics) -> (long) metrics.read(MirrorReport::deliveries);
		ToDoubleFunction<WatchMetrics> time = (metrics) -> metrics.read((watch) -> watch.deliveryTime().toNanos());
		FunctionTimer.builder("etcd.watch.delivery", this, count, time, TimeUnit.NANOSECONDS)
			.tag("watch", this.watch)
			.description("Time from the arrival of events until they have been processed")
			.register(registry);
	}

	private double read(ToDoubleFunction<MirrorReport> value) {
		MirrorReport open = this.report.get();
		return (open != null) ? value.applyAsDouble(open) : 0;
	}

	private double staleMillis() {
		return read((open) -> (open.status().synced()) ? 0
				: Duration.between(open.status().since(), Instant.now()).toMillis());
	}

}
