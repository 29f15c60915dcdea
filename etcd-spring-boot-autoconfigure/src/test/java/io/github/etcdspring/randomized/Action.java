package io.github.etcdspring.randomized;

/**
 * An action of an operator or of an instance.
 */
enum Action {

	START_INSTANCE(false, 6),

	STOP_INSTANCE(false, 3),

	CRASH_INSTANCE(false, 3),

	CHANGE_INSTANCE(false, 4),

	/** Connections are refused until the instance recovers. */
	REFUSE_CALLS(false, 2),

	/** Connections are accepted and not answered until the instance recovers. */
	FREEZE_INSTANCE(false, 3),

	/** No packet arrives until the instance recovers. */
	UNPLUG_INSTANCE(false, 2),

	/** Connections are refused and accepted in turn. */
	FLAP_INSTANCE(false, 2),

	/** All faults of instances end. */
	RECOVER_INSTANCES(false, 3),

	/** The observer reaches no instance for a while. */
	ISOLATE_OBSERVER(false, 1),

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

	/** A change that some instances apply first. */
	START_ROLLOUT(true, 4),

	STOP_ROLLOUT(true, 1),

	PROPOSE(true, 2),

	SAVE_SNAPSHOT(true, 2);

	private final boolean needsEtcd;

	private final int weight;

	Action(boolean needsEtcd, int weight) {
		this.needsEtcd = needsEtcd;
		this.weight = weight;
	}

	/**
	 * Return whether it requires an available etcd.
	 */
	boolean needsEtcd() {
		return this.needsEtcd;
	}

	/**
	 * Return its relative frequency.
	 */
	int weight() {
		return this.weight;
	}

}
