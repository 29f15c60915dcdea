package io.github.etcdspring.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

import io.github.etcdspring.client.EtcdProblem;
import org.jspecify.annotations.Nullable;

/**
 * Status of a {@link LeaseSession}.
 *
 * @param lease id of the lease, 0 while there is none
 * @param ttl TTL of the lease as granted by etcd, or the requested one while there is no
 * lease
 * @param since when the lease was granted or, while there is none, since when there is
 * none
 * @param losses number of leases that were lost
 * @param problem why the lease or a key cannot be written, {@code null} if there is no
 * problem
 */
public record LeaseStatus(long lease, Duration ttl, Instant since, long losses, @Nullable EtcdProblem problem) {

	/**
	 * Return the id of the lease in the format of {@code etcdctl}.
	 * @return sixteen hexadecimal digits
	 */
	public String id() {
		return id(this.lease);
	}

	static String id(long lease) {
		return HexFormat.of().toHexDigits(lease);
	}

}
