package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Destroys replaced instances of refresh-scoped beans after their last call, on a thread
 * of its own.
 */
final class InstanceRetirement {

	private static final Log logger = LogFactory.getLog(InstanceRetirement.class);

	private static final Duration THREAD_KEEP_ALIVE = Duration.ofSeconds(1);

	private final Duration closeTimeout;

	private final Set<ScopedInstance> retired = ConcurrentHashMap.newKeySet();

	private final ThreadPoolExecutor executor;

	InstanceRetirement(Duration closeTimeout) {
		this.closeTimeout = closeTimeout;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-refresh-retire-");
		threads.setDaemon(true);
		// After close, the thread of the last call or of the creation destroys the bean
		this.executor = new ThreadPoolExecutor(1, 1, THREAD_KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS,
				new LinkedBlockingQueue<>(), threads, (task, executor) -> task.run());
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Destroy an instance after its last call. A bean under creation is destroyed by the
	 * thread that creates it.
	 * @param instance the instance, which is no longer reachable for new calls
	 */
	void retire(ScopedInstance instance) {
		if (!instance.discard()) {
			drop(instance);
		}
	}

	/**
	 * Destroy an instance after its last call.
	 * @param instance the instance, which is no longer reachable for new calls
	 */
	void drop(ScopedInstance instance) {
		this.retired.add(instance);
		release(instance);
	}

	/**
	 * Release an instance after a call.
	 * @param instance the instance
	 */
	void release(ScopedInstance instance) {
		if (instance.release()) {
			if (instance.hasDestruction()) {
				this.executor.execute(() -> destroy(instance));
			}
			else {
				destroy(instance);
			}
		}
	}

	private void destroy(ScopedInstance instance) {
		try {
			instance.destroy();
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to destroy an instance of refresh-scoped bean '" + instance.beanName() + "': "
					+ FailureCause.location(ex));
		}
		finally {
			this.retired.remove(instance);
		}
	}

	/**
	 * Wait until all retired instances are destroyed. After the timeout, destroy also
	 * those with unfinished calls.
	 */
	void close() {
		try {
			if (!awaitDestruction()) {
				logger.warn("Destroying refresh-scoped beans with calls that have not ended after "
						+ this.closeTimeout.toSeconds() + " s: "
						+ this.retired.stream().map(ScopedInstance::beanName).sorted().toList());
				this.retired.forEach((instance) -> this.executor.execute(() -> destroy(instance)));
			}
			this.executor.shutdown();
			this.executor.awaitTermination(1, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.executor.shutdownNow();
	}

	private boolean awaitDestruction() throws InterruptedException {
		try {
			CompletableFuture
				.allOf(this.retired.stream().map(ScopedInstance::destroyed).toArray(CompletableFuture<?>[]::new))
				.get(this.closeTimeout.toMillis(), TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException | ExecutionException ex) {
			return false;
		}
	}

}
