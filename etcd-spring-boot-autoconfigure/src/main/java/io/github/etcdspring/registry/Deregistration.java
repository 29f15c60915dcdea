package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An instance that was taken out, and when etcd had done so: callers need a moment from
 * then on to stop calling it.
 */
final class Deregistration {

	private final CompletableFuture<Long> doneAt;

	private Deregistration(CompletableFuture<Long> doneAt) {
		this.doneAt = doneAt;
	}

	static Deregistration of(CompletableFuture<Void> done) {
		return new Deregistration(done.thenApply((nothing) -> System.nanoTime()));
	}

	/**
	 * Wait until etcd has taken the instance out and the callers know.
	 * @param timeout how long to wait for etcd
	 * @param drain how long the callers need after that
	 * @return whether etcd has taken it out
	 * @throws InterruptedException if the thread is interrupted
	 */
	boolean await(Duration timeout, Duration drain) throws InterruptedException {
		try {
			long drained = this.doneAt.get(timeout.toMillis(), TimeUnit.MILLISECONDS) + drain.toNanos();
			TimeUnit.NANOSECONDS.sleep(drained - System.nanoTime());
			return true;
		}
		catch (TimeoutException | ExecutionException | CancellationException ex) {
			return false;
		}
	}

}
