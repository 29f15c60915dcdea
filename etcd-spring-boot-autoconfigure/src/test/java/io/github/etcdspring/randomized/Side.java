package io.github.etcdspring.randomized;

/**
 * Whose network is affected.
 */
enum Side {

	OBSERVER, INSTANCES, BOTH;

	boolean affectsObserver() {
		return this != INSTANCES;
	}

	boolean affectsInstances() {
		return this != OBSERVER;
	}

}
