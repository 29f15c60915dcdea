package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Deregistration of an instance, followed by the drain, in which callers receive the
 * change.
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
	 * Wait until the instance is deregistered and the drain is over.
	 * @param timeout the maximum time to wait for etcd
	 * @param drain the time between the deregistration and the return
	 * @return whether the instance was deregistered in time
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
