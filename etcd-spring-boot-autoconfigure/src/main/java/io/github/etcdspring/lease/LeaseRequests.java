package io.github.etcdspring.lease;

import java.time.Duration;

import io.etcd.jetcd.Lease;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.options.LeaseOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;

/**
 * Blocking lease requests: grant, renew and revoke. Internal: public only for the
 * rollouts.
 */
public final class LeaseRequests {

	private static final Duration REVOKE_TIMEOUT = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	/**
	 * Create the requests.
	 * @param connection the connection to etcd
	 */
	public LeaseRequests(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Acquire a lease.
	 * @param ttl its time to live, in whole seconds
	 * @param timeout timeout of the request
	 * @return the lease
	 * @throws EtcdRequestException if the request failed
	 * @throws InterruptedException if the thread is interrupted
	 */
	public LeaseGrantResponse grant(Duration ttl, Duration timeout) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> leases().grant(ttl.toSeconds()), timeout);
	}

	/**
	 * Renew a lease.
	 * @param lease the lease
	 * @param timeout timeout of each request, of which there are up to three
	 * @throws EtcdRequestException if it was not renewed, with the reason
	 * {@link EtcdRequestException.Reason#NOT_FOUND} if it no longer exists
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void renew(long lease, Duration timeout) throws EtcdRequestException, InterruptedException {
		try {
			this.connection.call(() -> leases().keepAliveOnce(lease), timeout);
		}
		catch (EtcdRequestException ex) {
			if (!ex.requiresIntervention()) {
				throw ex;
			}
			// jetcd refreshes its authentication token only for a unary call
			if (this.connection.call(() -> leases().timeToLive(lease, LeaseOption.DEFAULT), timeout).getTTL() <= 0) {
				throw EtcdRequestException.leaseGone();
			}
			this.connection.call(() -> leases().keepAliveOnce(lease), timeout);
		}
	}

	/**
	 * End a lease, which deletes its keys.
	 * @param lease the lease
	 * @throws EtcdRequestException if the request failed
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void revoke(long lease) throws EtcdRequestException, InterruptedException {
		this.connection.call(() -> leases().revoke(lease), REVOKE_TIMEOUT);
	}

	private Lease leases() {
		return this.connection.client().getLeaseClient();
	}

}
