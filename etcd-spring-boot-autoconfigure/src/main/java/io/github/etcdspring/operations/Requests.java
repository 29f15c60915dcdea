package io.github.etcdspring.operations;

import java.util.List;

import io.etcd.jetcd.KV;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.mirror.Snapshot;

/**
 * Sends blocking requests to etcd, and explains their failures. Internal: public only for
 * the rollouts.
 */
public final class Requests {

	private final EtcdConnection connection;

	/**
	 * Create requests.
	 * @param connection the connection to etcd
	 */
	public Requests(EtcdConnection connection) {
		this.connection = connection;
	}

	EtcdConnection connection() {
		return this.connection;
	}

	KV kv() {
		return this.connection.client().getKVClient();
	}

	/**
	 * Read a range at one revision.
	 * @param range the range
	 * @param revision the revision, 0 for the current one
	 * @return the entries
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	Snapshot list(KeyRange range, long revision) throws EtcdRequestException, InterruptedException {
		return new RangeReader(this.connection, List.of(range)).list(revision);
	}

	/**
	 * Send requests.
	 * @param <T> the type of the response
	 * @param problem the beginning of the message if they fail
	 * @param request the requests
	 * @return the response
	 * @throws EtcdConfigException if they fail, or if the thread is interrupted
	 */
	public <T> T execute(String problem, Request<T> request) {
		try {
			return request.send();
		}
		catch (EtcdRequestException ex) {
			throw new EtcdConfigException(problem + ": " + this.connection.explain(ex).text(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EtcdConfigException(problem + ": the thread was interrupted", ex);
		}
	}

	/**
	 * Blocking request to etcd.
	 *
	 * @param <T> the type of the response
	 */
	@FunctionalInterface
	public interface Request<T> {

		/**
		 * Send the requests.
		 * @return the response
		 * @throws EtcdRequestException if there is no answer in time or etcd refused a
		 * request
		 * @throws InterruptedException if the thread is interrupted
		 */
		T send() throws EtcdRequestException, InterruptedException;

	}

}
