package io.github.etcdspring.actuate;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.discovery.MassExpiry;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.mirror.MirrorStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Reports the revision and the size of the service catalog, and since when it is stale.
 * The status is {@code UNKNOWN} in place of {@code DOWN}, as a stale catalog still
 * contains the last known instances.
 */
final class DiscoveryHealthIndicator extends AbstractHealthIndicator {

	private final ServiceCatalog catalog;

	private final @Nullable OutlierEjection ejection;

	DiscoveryHealthIndicator(ServiceCatalog catalog, @Nullable OutlierEjection ejection) {
		this.catalog = catalog;
		this.ejection = ejection;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		MirrorStatus status = this.catalog.status();
		Instant saved = this.catalog.snapshotTime();
		builder.status((status.synced()) ? Status.UP : Status.UNKNOWN)
			.withDetail("revision", this.catalog.revision())
			.withDetail("services", this.catalog.instances().size())
			.withDetail("skippedKeys", this.catalog.skipped())
			.withDetail((status.synced()) ? "syncedSince" : "staleSince", (saved != null) ? saved : status.since());
		if (saved != null) {
			builder.withDetail("source", "snapshot file");
		}
		Map<String, MassExpiry> expiries = this.catalog.massExpiries();
		if (!expiries.isEmpty()) {
			builder.withDetail("vanished", describe(expiries));
		}
		int ejected = (this.ejection != null) ? this.ejection.ejected().size() : 0;
		if (ejected > 0) {
			builder.withDetail("ejected", ejected);
		}
		if (status.problem() != null) {
			builder.withDetail("problem", status.problem().text());
		}
	}

	private static Map<String, Map<String, Object>> describe(Map<String, MassExpiry> expiries) {
		Map<String, Map<String, Object>> details = new LinkedHashMap<>();
		expiries.forEach((service, expiry) -> details.put(service,
				Map.of("instances", expiry.instances().size(), "calledUntil", expiry.until())));
		return details;
	}

}
