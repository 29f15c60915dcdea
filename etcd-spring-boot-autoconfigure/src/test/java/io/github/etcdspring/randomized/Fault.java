package io.github.etcdspring.randomized;

/**
 * What befalls etcd or the network for a while.
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

	private final boolean leavesEtcdAlone;

	private final boolean costsLeases;

	private final int weight;

	Fault(boolean leavesEtcdAlone, boolean costsLeases, int weight) {
		this.leavesEtcdAlone = leavesEtcdAlone;
		this.costsLeases = costsLeases;
		this.weight = weight;
	}

	/**
	 * Whether etcd serves those who are not behind a proxy.
	 */
	boolean leavesEtcdAlone() {
		return this.leavesEtcdAlone;
	}

	/**
	 * Whether leases expire or are forgotten if it lasts. That etcd is not running does
	 * not count: the time to live of a lease begins anew when etcd is back.
	 */
	boolean costsLeases() {
		return this.costsLeases;
	}

	/**
	 * Whether leases or keys are lost however short it is.
	 */
	boolean costsLeasesAtOnce() {
		return this == WIPE || this == RESTORE;
	}

	/**
	 * Whether it is another fault if it lasts.
	 */
	boolean mayLast() {
		return this != NONE && this != CUT;
	}

	/**
	 * How often it is drawn, compared to others.
	 */
	int weight() {
		return this.weight;
	}

}
