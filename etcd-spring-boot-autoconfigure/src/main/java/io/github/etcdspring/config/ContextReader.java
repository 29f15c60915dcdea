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
 * Reads contexts from etcd at one revision, and retries until a timeout.
 */
final class ContextReader {

	private final EtcdConnection connection;

	private final List<ConfigContext> contexts;

	ContextReader(EtcdConnection connection, List<ConfigContext> contexts) {
		this.connection = connection;
		this.contexts = contexts;
	}

	/**
	 * Read all contexts that the user may read.
	 * @param timeout how long to retry
	 * @param needed whether a context must not be skipped if it is forbidden
	 * @return the entries and the forbidden contexts
	 * @throws EtcdUnavailableException if etcd is unavailable, or refuses a needed
	 * context
	 * @throws InterruptedException if the thread is interrupted
	 */
	Listing list(Duration timeout, Predicate<ConfigContext> needed) throws InterruptedException {
		RangeReader reader = new RangeReader(this.connection,
				this.contexts.stream().map(ConfigContext::range).toList());
		try {
			Snapshot snapshot = list(reader, timeout);
			List<ConfigContext> forbidden = this.contexts.stream()
				.filter((context) -> reader.forbidden().contains(context.range()))
				.toList();
			if (forbidden.stream().anyMatch(needed)) {
				throw unavailable(forbidden, this.connection.explain(EtcdRequestException.permissionDenied()).text());
			}
			return new Listing(snapshot, forbidden);
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
	 * The result of a read.
	 *
	 * @param snapshot the entries
	 * @param forbidden the contexts that the user may not read
	 */
	record Listing(Snapshot snapshot, List<ConfigContext> forbidden) {

		void warnOfForbidden(Log log) {
			if (!this.forbidden.isEmpty()) {
				log.warn("Skipping the configuration under " + this.forbidden + ", permission denied. Grant the user a"
						+ " role for the prefix; no restart is required");
			}
		}

	}

}
