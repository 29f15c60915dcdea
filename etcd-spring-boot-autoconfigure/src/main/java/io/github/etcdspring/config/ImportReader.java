package io.github.etcdspring.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.EtcdUnavailableException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Reads contexts at one revision, as long as waiting may help. What this user may not
 * read is left aside where no mandatory import names it.
 */
final class ImportReader {

	private final EtcdConnection connection;

	private final Set<ConfigContext> mandatory;

	private List<ConfigContext> forbidden = List.of();

	/**
	 * Create a reader.
	 * @param connection the connection to etcd
	 * @param mandatory contexts without which the application must not start
	 */
	ImportReader(EtcdConnection connection, Set<ConfigContext> mandatory) {
		this.connection = connection;
		this.mandatory = mandatory;
	}

	/**
	 * Read contexts.
	 * @param contexts the contexts
	 * @return what etcd holds of those that are not forbidden
	 * @throws EtcdUnavailableException if etcd cannot be used
	 */
	Snapshot read(List<ConfigContext> contexts) {
		Duration patience = (this.mandatory.isEmpty()) ? this.connection.requestTimeout()
				: this.connection.startupTimeout();
		long end = System.nanoTime() + patience.toNanos();
		BackOffExecution backOff = new ExponentialBackOff(100, 2).start();
		try {
			while (true) {
				try {
					return readPermitted(contexts);
				}
				catch (EtcdRequestException ex) {
					long pause = backOff.nextBackOff();
					if (ex.isForOperator() || System.nanoTime() + pause * 1_000_000 - end > 0) {
						throw unavailable(contexts, ex);
					}
					Thread.sleep(pause);
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw unavailable(contexts, EtcdRequestException.timeout("start-up was interrupted"));
		}
	}

	private Snapshot readPermitted(List<ConfigContext> contexts) throws EtcdRequestException, InterruptedException {
		try {
			return reader(contexts).list();
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.PERMISSION_DENIED) {
				throw ex;
			}
			List<ConfigContext> permitted = new ArrayList<>(contexts);
			this.forbidden = forbidden(contexts);
			permitted.removeAll(this.forbidden);
			if (permitted.isEmpty() || !permitted.containsAll(this.mandatory)) {
				throw ex;
			}
			return reader(permitted).list();
		}
	}

	/**
	 * Find out what this user may not read.
	 * @param contexts the contexts to ask for
	 * @return those that are forbidden
	 * @throws EtcdRequestException if etcd cannot be asked
	 * @throws InterruptedException if the thread is interrupted
	 */
	List<ConfigContext> forbidden(List<ConfigContext> contexts) throws EtcdRequestException, InterruptedException {
		List<ConfigContext> found = new ArrayList<>();
		for (ConfigContext context : contexts) {
			if (reader(List.of(context)).isForbidden()) {
				found.add(context);
			}
		}
		return List.copyOf(found);
	}

	private RangeReader reader(List<ConfigContext> contexts) {
		return new RangeReader(this.connection, ranges(contexts));
	}

	/**
	 * The keys of contexts.
	 * @param contexts the contexts
	 * @return a range for each
	 */
	static List<KeyRange> ranges(List<ConfigContext> contexts) {
		return contexts.stream().map((context) -> KeyRange.prefix(context.prefix())).toList();
	}

	private EtcdUnavailableException unavailable(List<ConfigContext> contexts, EtcdRequestException failure) {
		List<ConfigContext> named = (this.forbidden.isEmpty()) ? contexts : this.forbidden;
		return new EtcdUnavailableException("The configuration under " + named + " could not be imported from etcd.",
				this.connection.explain(failure).text(), "spring.config.import=optional:etcd:");
	}

	/**
	 * What this user may not read.
	 * @return the contexts
	 */
	List<ConfigContext> forbidden() {
		return this.forbidden;
	}

}
