package io.github.etcdspring.actuate;

import java.time.Duration;

import io.github.etcdspring.client.ClusterProbe;
import io.github.etcdspring.client.ClusterStatus;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Says whether etcd can be used: which endpoints answer, who leads, and what alarms there
 * are. The application goes on without etcd, and all of its instances would be down at
 * once, so it is never down.
 */
final class ClusterHealthIndicator extends AbstractHealthIndicator {

	/** Whoever asks for health asks often and does not wait for long. */
	static final Duration TIMEOUT = Duration.ofSeconds(1);

	private final ClusterProbe probe;

	ClusterHealthIndicator(ClusterProbe probe) {
		this.probe = probe;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		try {
			ClusterStatus status = this.probe.ask(TIMEOUT);
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
