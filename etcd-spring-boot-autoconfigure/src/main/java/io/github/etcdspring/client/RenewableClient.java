package io.github.etcdspring.client;

import java.util.function.Supplier;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Cluster;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Lock;
import io.etcd.jetcd.Maintenance;
import io.etcd.jetcd.Watch;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Client that is replaced when its certificates or credentials are renewed, as gRPC and
 * jetcd read them only once. Pending requests on the old client fail; leases and watches
 * are resumed on the new one.
 */
final class RenewableClient implements Client {

	private static final Log logger = LogFactory.getLog(RenewableClient.class);

	private final Supplier<Client> factory;

	private volatile Client current;

	private volatile boolean connected = true;

	private volatile boolean closed;

	/**
	 * Create a client.
	 * @param factory creates each further client
	 * @param first the first client, owned by this one
	 */
	RenewableClient(Supplier<Client> factory, Client first) {
		this.factory = factory;
		this.current = first;
	}

	/**
	 * Reconnect with renewed certificates or credentials.
	 * @param what what has been renewed, for the log
	 */
	synchronized void renew(String what) {
		if (this.closed || !this.connected) {
			return;
		}
		try {
			Client former = this.current;
			this.current = this.factory.get();
			former.close();
			logger.info("Reconnecting to etcd with the renewed " + what);
		}
		catch (RuntimeException ex) {
			logger.error("Failed to connect to etcd with the renewed " + what
					+ ", the current connection stays in use: " + ex.getMessage());
		}
	}

	/**
	 * Close the connection. Requests fail until {@link #connect()}.
	 */
	synchronized void disconnect() {
		if (this.connected) {
			this.connected = false;
			this.current.close();
		}
	}

	boolean isConnected() {
		return this.connected;
	}

	boolean isClosed() {
		return this.closed;
	}

	/**
	 * Reconnect after {@link #disconnect()}.
	 */
	synchronized void connect() {
		if (!this.connected && !this.closed) {
			this.current = this.factory.get();
			this.connected = true;
		}
	}

	@Override
	public Auth getAuthClient() {
		return this.current.getAuthClient();
	}

	@Override
	public KV getKVClient() {
		return this.current.getKVClient();
	}

	@Override
	public Cluster getClusterClient() {
		return this.current.getClusterClient();
	}

	@Override
	public Maintenance getMaintenanceClient() {
		return this.current.getMaintenanceClient();
	}

	@Override
	public Lease getLeaseClient() {
		return this.current.getLeaseClient();
	}

	@Override
	public Watch getWatchClient() {
		return this.current.getWatchClient();
	}

	@Override
	public Lock getLockClient() {
		return this.current.getLockClient();
	}

	@Override
	public Election getElectionClient() {
		return this.current.getElectionClient();
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		disconnect();
	}

}
