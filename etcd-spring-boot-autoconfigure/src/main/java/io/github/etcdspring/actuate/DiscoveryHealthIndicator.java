package io.github.etcdspring.actuate;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.mirror.MirrorStatus;

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

	DiscoveryHealthIndicator(ServiceCatalog catalog) {
		this.catalog = catalog;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		MirrorStatus status = this.catalog.status();
		builder.status((status.synced()) ? Status.UP : Status.UNKNOWN)
			.withDetail("revision", this.catalog.revision())
			.withDetail("services", this.catalog.instances().size())
			.withDetail("skippedKeys", this.catalog.skipped())
			.withDetail((status.synced()) ? "syncedSince" : "staleSince", status.since());
		if (status.problem() != null) {
			builder.withDetail("problem", status.problem().text());
		}
	}

}
