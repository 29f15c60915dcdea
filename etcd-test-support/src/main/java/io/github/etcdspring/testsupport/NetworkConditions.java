package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How well bytes travel at the moment.
 */
final class NetworkConditions {

	private Duration delay = Duration.ZERO;

	private boolean blackhole;

	/** Bytes a second on each connection and in each direction, 0 for any number. */
	private int throughput;

	/** Bytes that may still come from the target, negative for any number. */
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
	 * How many bytes to send at once, so that they flow rather than come in lumps.
	 * @param length how many there are
	 * @return all of them, or as many as take a twentieth of a second
	 */
	synchronized int portion(int length) {
		return (this.throughput == 0) ? length : Math.min(length, Math.max(1, this.throughput / 20));
	}

	/**
	 * How long it takes to send bytes.
	 * @param length how many they are
	 * @return nanoseconds
	 */
	synchronized long duration(int length) {
		return (this.throughput == 0) ? 0 : TimeUnit.SECONDS.toNanos(length) / this.throughput;
	}

	synchronized void allowance(long bytes) {
		this.allowance = bytes;
	}

	/**
	 * Asks for bytes from the target to be passed on. Where that is more than allowed,
	 * the connection is to be reset, and those of others are not.
	 * @param length how many they are
	 * @return how many of them are allowed
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
