package io.github.etcdspring.randomized;

/**
 * A temporary fault of etcd or the network.
 */
enum Fault {

	NONE(true, false, 4),

	CUT(true, false, 4),

	REFUSE(true, true, 3),

	BLACKHOLE(true, true, 4),

	DELAY(true, false, 3),

	KILL(false, false, 4),

	FREEZE(false, true, 4),

	WIPE(false, true, 1),

	RESTORE(false, true, 2);

	private final boolean etcdStaysAvailable;

	private final boolean losesLeases;

	private final int weight;

	Fault(boolean etcdStaysAvailable, boolean losesLeases, int weight) {
		this.etcdStaysAvailable = etcdStaysAvailable;
		this.losesLeases = losesLeases;
		this.weight = weight;
	}

	/**
	 * Return whether etcd is available to clients that are not behind a proxy.
	 */
	boolean etcdStaysAvailable() {
		return this.etcdStaysAvailable;
	}

	/**
	 * Return whether leases expire or are lost if it lasts. This is not so while etcd is
	 * down, as it restarts the TTL of each lease when it starts.
	 */
	boolean losesLeases() {
		return this.losesLeases;
	}

	/**
	 * Return whether leases or keys are lost regardless of its duration.
	 */
	boolean losesLeasesImmediately() {
		return this == WIPE || this == RESTORE;
	}

	/**
	 * Return whether its duration makes a difference.
	 */
	boolean mayLast() {
		return this != NONE && this != CUT;
	}

	/**
	 * Return its relative frequency.
	 */
	int weight() {
		return this.weight;
	}

}
