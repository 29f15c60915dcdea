package io.github.etcdspring.config;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;
import org.apache.commons.logging.Log;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Reads contexts from etcd at one revision, and retries for as long as that may help.
 */
final class ContextReader {

	private final EtcdConnection connection;

	private final List<ConfigContext> contexts;

	ContextReader(EtcdConnection connection, List<ConfigContext> contexts) {
		this.connection = connection;
		this.contexts = contexts;
	}

	/**
	 * Read all contexts that may be read.
	 * @param timeout how long to retry
	 * @param needed whether a context must not be left aside for want of permission
	 * @return what etcd holds
	 * @throws EtcdUnavailableException if etcd cannot be used, or refuses a needed
	 * context
	 * @throws InterruptedException if the thread is interrupted
	 */
	Listing list(Duration timeout, Predicate<ConfigContext> needed) throws InterruptedException {
		RangeReader reader = new RangeReader(this.connection,
				this.contexts.stream().map(ConfigContext::range).toList());
		try {
			Snapshot snapshot = list(reader, timeout);
			List<ConfigContext> refused = this.contexts.stream()
				.filter((context) -> reader.forbidden().contains(context.range()))
				.toList();
			if (refused.stream().anyMatch(needed)) {
				throw unavailable(refused, this.connection.explain(EtcdRequestException.permissionDenied()).text());
			}
			return new Listing(snapshot, refused);
		}
		catch (EtcdRequestException ex) {
			throw unavailable(this.contexts, this.connection.explain(ex).text());
		}
	}

	private static Snapshot list(RangeReader reader, Duration timeout)
			throws EtcdRequestException, InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setJitter(50);
		BackOffExecution pauses = backOff.start();
		while (true) {
			try {
				return reader.list();
			}
			catch (EtcdRequestException ex) {
				long pause = pauses.nextBackOff();
				if (ex.requiresIntervention() || System.nanoTime() + pause * 1_000_000 - end > 0) {
					throw ex;
				}
				Thread.sleep(pause);
			}
		}
	}

	static EtcdUnavailableException unavailable(List<ConfigContext> contexts, String explanation) {
		return new EtcdUnavailableException("The configuration under " + contexts + " could not be imported from etcd.",
				explanation, "spring.config.import=optional:etcd:");
	}

	/**
	 * An answer of etcd.
	 *
	 * @param snapshot what it holds
	 * @param refused the contexts that may not be read
	 */
	record Listing(Snapshot snapshot, List<ConfigContext> refused) {

		void warnOfRefused(Log log) {
			if (!this.refused.isEmpty()) {
				log.warn("The configuration under " + this.refused + " is left aside, as it may not be read: grant"
						+ " this user the permission, and it is taken up");
			}
		}

	}

}
