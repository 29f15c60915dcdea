package io.github.etcdspring.actuate;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Which revision of the configuration is in force, and what became of changes.
 */
final class ConfigurationMetrics implements MeterBinder {

	private final ConfigRefresh refresh;

	ConfigurationMetrics(ConfigRefresh refresh) {
		this.refresh = refresh;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		String revision = "Revision of etcd that the configuration is from";
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
		String changes = "Changes of the configuration since the start";
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
