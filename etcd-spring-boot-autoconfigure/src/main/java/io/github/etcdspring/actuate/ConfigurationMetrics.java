package io.github.etcdspring.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the configuration: its applied, seen and rejected revisions, and the number
 * of applied and rejected changes.
 */
final class ConfigurationMetrics implements MeterBinder {

	private final ConfigRefresh refresh;

	ConfigurationMetrics(ConfigRefresh refresh) {
		this.refresh = refresh;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		String revision = "etcd revision of the configuration by state";
		Gauge.builder("etcd.config.revision", this.refresh, (refresh) -> refresh.status().appliedRevision())
			.tag("state", "applied")
			.description(revision)
			.register(registry);
		Gauge.builder("etcd.config.revision", this.refresh, (refresh) -> refresh.status().seenRevision())
			.tag("state", "seen")
			.description(revision)
			.register(registry);
		Gauge.builder("etcd.config.revision", this.refresh, ConfigurationMetrics::rejectedRevision)
			.tag("state", "rejected")
			.description(revision)
			.register(registry);
		TimeGauge.builder("etcd.config.lag", this.refresh, TimeUnit.SECONDS, ConfigurationMetrics::lag)
			.description("Time since the first rejection, zero while the newest configuration is applied")
			.register(registry);
		String changes = "Configuration changes since startup by outcome";
		FunctionCounter.builder("etcd.config.changes", this.refresh, (refresh) -> refresh.status().applied())
			.tag("outcome", "applied")
			.description(changes)
			.register(registry);
		FunctionCounter.builder("etcd.config.changes", this.refresh, (refresh) -> refresh.status().rejections())
			.tag("outcome", "rejected")
			.description(changes)
			.register(registry);
	}

	private static double lag(ConfigRefresh refresh) {
		ConfigurationStatus.Rejected rejected = refresh.status().rejected();
		return (rejected != null) ? Math.max(0, Duration.between(rejected.since(), Instant.now()).toMillis() / 1000.0)
				: 0;
	}

	private static double rejectedRevision(ConfigRefresh refresh) {
		ConfigurationStatus.Rejected rejected = refresh.status().rejected();
		return (rejected != null) ? rejected.revision() : 0;
	}

}
