package io.github.etcdspring.sample;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.refresh.LiveProperties;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Profile;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * Calls the service {@code greeting} at the rate of {@code shop.calls-per-second}, which
 * may change at any time. Calls are sequential: a slow one delays the next.
 */
@Component
@Profile("consumer")
class CallGenerator implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(CallGenerator.class);

	/** Interval between checks for a new rate while the rate is 0. */
	private static final long IDLE_MILLIS = 100;

	private final RestClient http;

	private final LiveProperties<ShopProperties> properties;

	private @Nullable ScheduledExecutorService executor;

	CallGenerator(RestClient.Builder http, LiveProperties<ShopProperties> properties) {
		this.http = http.build();
		this.properties = properties;
	}

	@Override
	public synchronized void start() {
		if (this.executor == null) {
			CustomizableThreadFactory threads = new CustomizableThreadFactory("call-generator-");
			threads.setDaemon(true);
			ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(threads);
			this.executor = executor;
			executor.execute(() -> next(executor));
		}
	}

	private void next(ScheduledExecutorService executor) {
		long start = System.nanoTime();
		int rate = this.properties.get().callsPerSecond();
		if (rate > 0) {
			call();
		}
		long pause = (rate > 0) ? TimeUnit.SECONDS.toNanos(1) / rate : TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
		if (!executor.isShutdown()) {
			executor.schedule(() -> next(executor), start + pause - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
	}

	private void call() {
		try {
			this.http.get().uri("http://greeting/greeting").retrieve().toBodilessEntity();
		}
		catch (RuntimeException ex) {
			// The board shows failed calls.
			logger.debug("Call of the service greeting failed", ex);
		}
	}

	@Override
	public synchronized void stop() {
		if (this.executor != null) {
			this.executor.shutdownNow();
			this.executor = null;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.executor != null;
	}

}
