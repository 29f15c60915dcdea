package io.github.etcdspring.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

import io.github.etcdspring.client.EtcdProblem;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link LeaseSession} stands.
 *
 * @param lease id of the lease, 0 while there is none
 * @param ttl time to live that etcd granted
 * @param since when the lease was granted, or when there ceased to be one
 * @param losses how many leases were lost and replaced
 * @param problem what keeps a lease or a key from etcd, {@code null} if nothing does
 */
public record LeaseStatus(long lease, Duration ttl, Instant since, long losses, @Nullable EtcdProblem problem) {

	/**
	 * The id of the lease in the form of {@code etcdctl}.
	 * @return sixteen hexadecimal digits
	 */
	public String id() {
		return id(this.lease);
	}

	static String id(long lease) {
		return HexFormat.of().toHexDigits(lease);
	}

}
