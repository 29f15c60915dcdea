package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Current delay, throughput and faults of the network.
 */
final class NetworkConditions {

	private Duration delay = Duration.ZERO;

	private boolean blackhole;

	/** Bytes per second for each connection and direction, 0 for unlimited. */
	private int throughput;

	/** Bytes from the target before a reset, negative for unlimited. */
	private long allowance = -1;

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

	synchronized void throughput(int bytesPerSecond) {
		this.throughput = bytesPerSecond;
	}

	/**
	 * Returns how many bytes to send at once for an even flow.
	 * @param length the available bytes
	 * @return all of them, or those of a twentieth of a second
	 */
	synchronized int portion(int length) {
		return (this.throughput == 0) ? length : Math.min(length, Math.max(1, this.throughput / 20));
	}

	/**
	 * Returns how long it takes to send bytes.
	 * @param length the number of bytes
	 * @return nanoseconds
	 */
	synchronized long duration(int length) {
		return (this.throughput == 0) ? 0 : TimeUnit.SECONDS.toNanos(length) / this.throughput;
	}

	synchronized void allowance(long bytes) {
		this.allowance = bytes;
	}

	/**
	 * Consumes bytes of the allowance. If it is exceeded, the caller resets its
	 * connection, and the limit is removed for the others.
	 * @param length the number of bytes
	 * @return the number of allowed bytes
	 */
	synchronized int take(int length) {
		if (this.allowance < 0) {
			return length;
		}
		int taken = (int) Math.min(length, this.allowance);
		this.allowance = (taken < length) ? -1 : this.allowance - taken;
		return taken;
	}

}
