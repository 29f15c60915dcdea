package io.github.etcdspring.randomized;

/**
 * What somebody does at one moment.
 */
enum Change {

	START_INSTANCE(false, 6),

	STOP_INSTANCE(false, 3),

	CRASH_INSTANCE(false, 3),

	CHANGE_INSTANCE(false, 4),

	START_APPLICATION(true, 1),

	STOP_APPLICATION(false, 1),

	REVOKE_LEASE(true, 3),

	DELETE_KEY(true, 3),

	COMPACT(true, 3),

	WRITE_CONFIGURATION(true, 8),

	WRITE_BURST(true, 2),

	DELETE_CONFIGURATION(true, 1),

	INVALID_VALUE(true, 1),

	INVALID_DOCUMENT(true, 1),

	SAVE_SNAPSHOT(true, 2);

	private final boolean needsEtcd;

	private final int weight;

	Change(boolean needsEtcd, int weight) {
		this.needsEtcd = needsEtcd;
		this.weight = weight;
	}

	/**
	 * Whether it cannot be done while etcd is away.
	 */
	boolean needsEtcd() {
		return this.needsEtcd;
	}

	/**
	 * How often it is drawn, compared to others.
	 */
	int weight() {
		return this.weight;
	}

}
