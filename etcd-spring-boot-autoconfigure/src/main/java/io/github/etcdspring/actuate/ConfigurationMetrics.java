package io.github.etcdspring.actuate;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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

	private static double rejectedRevision(ConfigRefresh refresh) {
		ConfigurationStatus.Rejected rejected = refresh.status().rejected();
		return (rejected != null) ? rejected.revision() : 0;
	}

}
