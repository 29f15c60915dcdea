package io.github.etcdspring.actuate;

import java.util.List;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseStatus;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.RegistrationStatus;
import io.github.etcdspring.registry.RegistrationStatus.State;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Reports the lease of this application, its registered instances, and why an instance is
 * not registered. The status is {@code UNKNOWN} in place of {@code DOWN}, as the
 * application can serve requests in any case.
 */
final class RegistrationHealthIndicator extends AbstractHealthIndicator {

	private final LeaseSession session;

	private final EtcdServiceRegistry registry;

	RegistrationHealthIndicator(LeaseSession session, EtcdServiceRegistry registry) {
		this.session = session;
		this.registry = registry;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		LeaseStatus status = this.session.status();
		List<RegistrationStatus> instances = this.registry.registrations();
		boolean healthy = status.lease() != 0 && status.problem() == null
				&& instances.stream().noneMatch((instance) -> instance.state() == State.REGISTERING);
		builder.status((healthy) ? Status.UP : Status.UNKNOWN)
			.withDetail("lease", status.id())
			.withDetail("ttl", status.ttl())
			.withDetail("since", status.since())
			.withDetail("losses", status.losses())
			.withDetail("instances", instances);
		if (!this.registry.warnings().isEmpty()) {
			builder.withDetail("warnings", this.registry.warnings());
		}
		if (status.problem() != null) {
			builder.withDetail("problem", status.problem().text());
		}
	}

}
