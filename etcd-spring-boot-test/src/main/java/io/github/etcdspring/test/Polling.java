package io.github.etcdspring.test;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Waits for the state of another process or thread.
 */
final class Polling {

	private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(5);

	private Polling() {
	}

	/**
	 * Call a check until it finds no obstacle, or until the timeout.
	 * @param <T> the type of obstacle
	 * @param timeout how long to wait
	 * @param check returns the obstacle, {@code null} if there is none
	 * @return the obstacle at the timeout, {@code null} if there is none
	 * @throws IllegalStateException if the thread is interrupted
	 */
	static <T> @Nullable T until(Duration timeout, Supplier<@Nullable T> check) {
		long deadline = System.nanoTime() + timeout.toNanos();
		T obstacle = check.get();
		while (obstacle != null && System.nanoTime() - deadline < 0) {
			LockSupport.parkNanos(INTERVAL);
			if (Thread.currentThread().isInterrupted()) {
				throw new IllegalStateException("Interrupted while waiting: " + obstacle);
			}
			obstacle = check.get();
		}
		return obstacle;
	}

}
