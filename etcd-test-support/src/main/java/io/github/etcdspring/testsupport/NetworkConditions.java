package io.github.etcdspring.testsupport;

import java.time.Duration;

/**
 * How well bytes travel at the moment.
 */
final class NetworkConditions {

	private Duration delay = Duration.ZERO;

	private boolean blackhole;

	synchronized void delay(Duration delay) {
		this.delay = delay;
	}

	synchronized Duration delay() {
		return this.delay;
	}

	synchronized void blackhole(boolean blackhole) {
		this.blackhole = blackhole;
		notifyAll();
	}

	synchronized void awaitPassage() throws InterruptedException {
		while (this.blackhole) {
			wait();
		}
	}

}
