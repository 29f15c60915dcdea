package io.github.etcdspring.actuate;

import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Reports the applied revision of the configuration, since when it is stale, and why a
 * newer one was rejected. The status is {@code UNKNOWN} in place of {@code DOWN}, as the
 * application keeps its last valid configuration.
 */
final class ConfigurationHealthIndicator extends AbstractHealthIndicator {

	private final ConfigRefresh refresh;

	private final ConfigWatch watch;

	ConfigurationHealthIndicator(ConfigRefresh refresh, ConfigWatch watch) {
		this.refresh = refresh;
		this.watch = watch;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		ConfigurationStatus status = this.refresh.status();
		ConfigurationStatus.Rejected rejected = status.rejected();
		MirrorStatus mirror = this.watch.status();
		boolean synced = mirror != null && mirror.synced();
		builder.status((synced && rejected == null) ? Status.UP : Status.UNKNOWN)
			.withDetail("appliedRevision", status.appliedRevision())
			.withDetail("seenRevision", status.seenRevision());
		if (mirror != null) {
			builder.withDetail((synced) ? "syncedSince" : "staleSince", mirror.since());
			if (mirror.problem() != null) {
				builder.withDetail("problem", mirror.problem().text());
			}
		}
		if (rejected != null) {
			Map<String, Object> details = new LinkedHashMap<>();
			details.put("revision", rejected.revision());
			if (rejected.key() != null) {
				details.put("key", rejected.key());
			}
			details.put("reason", rejected.reason());
			details.put("since", rejected.since());
			builder.withDetail("rejected", details);
		}
	}

}
