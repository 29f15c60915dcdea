package io.github.etcdspring.actuate;

import java.time.Duration;

import io.github.etcdspring.client.ClusterProbe;
import io.github.etcdspring.client.ClusterStatus;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Reports the endpoints and members of the etcd cluster, its leader and its alarms. The
 * status is {@code UNKNOWN} in place of {@code DOWN}: the application keeps working
 * without etcd, and an outage would otherwise take all instances out of service at once.
 */
final class ClusterHealthIndicator extends AbstractHealthIndicator {

	/** Short, as health checks are frequent and have timeouts themselves. */
	static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final ClusterProbe probe;

	ClusterHealthIndicator(ClusterProbe probe) {
		this.probe = probe;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		try {
			ClusterStatus status = this.probe.probe(TIMEOUT);
			builder.status((status.problems().isEmpty()) ? Status.UP : Status.UNKNOWN)
				.withDetail("endpoints", status.endpoints())
				.withDetail("members", status.members());
			if (!status.problems().isEmpty()) {
				builder.withDetail("problems", status.problems());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			builder.unknown();
		}
	}

}
