package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.lease.LeaseSession;

/**
 * Fails the startup of an application with {@code fail-fast} if it cannot be registered.
 * Waits until the timeout, unless the problem requires intervention.
 */
final class StartupCheck {

	private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

	private final LeaseSession session;

	private final EtcdConnection connection;

	StartupCheck(LeaseSession session, EtcdConnection connection) {
		this.session = session;
		this.connection = connection;
	}

	/**
	 * Wait for a lease.
	 * @throws EtcdUnavailableException if no lease is granted
	 */
	void awaitLease() {
		this.session.start();
		await(this.connection.startupTimeout(), this.session::awaitLease);
	}

	/**
	 * Wait until the instance is registered. This includes the TTL, as the key of a
	 * killed process with the same instance id must expire first.
	 * @param registered completes when it is registered
	 * @param ttl the time to live
	 * @throws EtcdUnavailableException if it is not registered in time
	 */
	void awaitRegistered(CompletableFuture<Void> registered, Duration ttl) {
		await(ttl.plus(this.connection.startupTimeout()), (interval) -> {
			try {
				registered.get(interval.toMillis(), TimeUnit.MILLISECONDS);
				return true;
			}
			catch (TimeoutException ex) {
				return false;
			}
			catch (ExecutionException | CancellationException ex) {
				// deregistered meanwhile
				return true;
			}
		});
	}

	private void await(Duration timeout, Condition condition) {
		long deadline = System.nanoTime() + timeout.toNanos();
		try {
			while (!condition.await(POLL_INTERVAL)) {
				EtcdProblem problem = this.session.status().problem();
				if (System.nanoTime() - deadline > 0 || (problem != null && problem.requiresIntervention())) {
					throw new EtcdUnavailableException(
							"The application could not be registered in etcd, and"
									+ " spring.cloud.etcd.discovery.fail-fast is set.",
							(problem != null) ? problem.text() : "There was no answer in time.",
							"spring.cloud.etcd.discovery.fail-fast=false");
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Condition to wait for.
	 */
	@FunctionalInterface
	private interface Condition {

		boolean await(Duration timeout) throws InterruptedException;

	}

}
