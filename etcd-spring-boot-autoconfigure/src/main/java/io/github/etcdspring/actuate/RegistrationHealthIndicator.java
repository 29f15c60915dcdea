package io.github.etcdspring.actuate;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseStatus;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Says whether this application has a lease, and what keeps it from being registered. The
 * application can serve either way, so it is never down.
 */
final class RegistrationHealthIndicator extends AbstractHealthIndicator {

	private final LeaseSession session;

	RegistrationHealthIndicator(LeaseSession session) {
		this.session = session;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		LeaseStatus status = this.session.status();
		boolean sound = status.lease() != 0 && status.problem() == null;
		builder.status((sound) ? Status.UP : Status.UNKNOWN)
			.withDetail("lease", Long.toHexString(status.lease()))
			.withDetail("ttl", status.ttl())
			.withDetail("since", status.since())
			.withDetail("losses", status.losses());
		if (status.problem() != null) {
			builder.withDetail("problem", status.problem().text());
		}
	}

}
