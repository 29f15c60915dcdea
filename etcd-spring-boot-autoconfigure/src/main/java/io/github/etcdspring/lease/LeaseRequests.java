package io.github.etcdspring.lease;

import java.time.Duration;

import io.etcd.jetcd.Lease;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.options.LeaseOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;

/**
 * What etcd is asked about a lease. The calling thread waits for the answer.
 */
final class LeaseRequests {

	private static final Duration REVOKE_TIMEOUT = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	LeaseRequests(EtcdConnection connection) {
		this.connection = connection;
	}

	LeaseGrantResponse grant(Duration ttl, Duration timeout) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> leases().grant(ttl.toSeconds()), timeout);
	}

	/**
	 * Renew a lease.
	 * @param lease the lease
	 * @param timeout time allowed for each request
	 * @throws EtcdRequestException if it was not renewed, for the reason
	 * {@link EtcdRequestException.Reason#NOT_FOUND} if it is gone
	 */
	void renew(long lease, Duration timeout) throws EtcdRequestException, InterruptedException {
		try {
			this.connection.call(() -> leases().keepAliveOnce(lease), timeout);
		}
		catch (EtcdRequestException ex) {
			if (!ex.isForOperator()) {
				throw ex;
			}
			// only a unary call makes jetcd fetch a new token
			if (this.connection.call(() -> leases().timeToLive(lease, LeaseOption.DEFAULT), timeout).getTTL() <= 0) {
				throw EtcdRequestException.leaseGone();
			}
			this.connection.call(() -> leases().keepAliveOnce(lease), timeout);
		}
	}

	void revoke(long lease) throws EtcdRequestException, InterruptedException {
		this.connection.call(() -> leases().revoke(lease), REVOKE_TIMEOUT);
	}

	private Lease leases() {
		return this.connection.client().getLeaseClient();
	}

}
