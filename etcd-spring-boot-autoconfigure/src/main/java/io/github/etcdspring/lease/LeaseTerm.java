package io.github.etcdspring.lease;

/**
 * Time until which a lease is certain to exist. It is measured from before the last
 * successful grant or renewal was sent, by the monotonic clock of this process, and so
 * ends before etcd can expire the lease.
 *
 * @param lease id of the lease
 * @param end end of the term as a value of {@link System#nanoTime()}
 */
public record LeaseTerm(long lease, long end) {

	/**
	 * Return the rest of the term.
	 * @return the time in nanoseconds, zero or negative if the term has ended
	 */
	public long nanosLeft() {
		return this.end - System.nanoTime();
	}

	/**
	 * Return whether a lease is the one of this term, and the term has not ended.
	 * @param lease id of the lease
	 * @return whether the lease is certain to exist
	 */
	public boolean covers(long lease) {
		return this.lease == lease && nanosLeft() > 0;
	}

}
