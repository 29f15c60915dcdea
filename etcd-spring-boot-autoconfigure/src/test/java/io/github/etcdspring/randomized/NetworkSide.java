package io.github.etcdspring.randomized;

/**
 * The networks that a fault affects.
 */
enum NetworkSide {

	OBSERVER, INSTANCES, BOTH;

	boolean affectsObserver() {
		return this != INSTANCES;
	}

	boolean affectsInstances() {
		return this != OBSERVER;
	}

}
