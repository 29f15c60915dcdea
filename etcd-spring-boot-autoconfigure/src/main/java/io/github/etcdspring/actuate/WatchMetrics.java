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
 * How far a watch can be trusted, and what it cost to keep it so.
 */
final class WatchMetrics implements MeterBinder {

	private final String watch;

	private final Supplier<@Nullable MirrorReport> report;

	/**
	 * Create the metrics of a watch.
	 * @param watch what it follows, one of a few names
	 * @param report how it fares, {@code null} while it is closed
	 */
	WatchMetrics(String watch, Supplier<@Nullable MirrorReport> report) {
		this.watch = watch;
		this.report = report;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		TimeGauge.builder("etcd.watch.stale", this, TimeUnit.MILLISECONDS, WatchMetrics::staleMillis)
			.tag("watch", this.watch)
			.description("Time since changes ceased to arrive as they happen, 0 while they do")
			.register(registry);
		FunctionCounter.builder("etcd.watch.opened", this, (metrics) -> metrics.read(MirrorReport::watches))
			.tag("watch", this.watch)
			.description("Watches opened: one at the start, and one after each interruption")
			.register(registry);
		FunctionCounter.builder("etcd.watch.resyncs", this, (metrics) -> metrics.read(MirrorReport::resyncs))
			.tag("watch", this.watch)
			.description("Times that everything had to be read again, as etcd no longer had the changes")
			.register(registry);
		ToLongFunction<WatchMetrics> count = (metrics) -> (long) metrics.read(MirrorReport::deliveries);
		ToDoubleFunction<WatchMetrics> time = (metrics) -> metrics.read((watch) -> watch.deliveryTime().toNanos());
		FunctionTimer.builder("etcd.watch.delivery", this, count, time, TimeUnit.NANOSECONDS)
			.tag("watch", this.watch)
			.description("Time from the arrival of events until the application has made use of them")
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
