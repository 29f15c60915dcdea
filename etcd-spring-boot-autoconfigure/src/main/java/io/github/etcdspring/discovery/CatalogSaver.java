package io.github.etcdspring.discovery;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Writes the catalog to its file at most every few seconds, on its own daemon thread. A
 * catalog that does not change is written from time to time, so that its age is known.
 */
final class CatalogSaver implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogSaver.class);

	private static final Duration INTERVAL = Duration.ofSeconds(3);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

	/** How often an unchanged catalog is written within the maximum age of the file. */
	private static final int WRITES_WITHIN_MAX_AGE = 24;

	private final CatalogFile file;

	private final Supplier<@Nullable CatalogState> source;

	private final Duration refreshInterval;

	private final ScheduledThreadPoolExecutor executor;

	/** Confined to the thread of the executor. */
	private CatalogState saved = new CatalogState(Catalog.EMPTY, 0, Instant.MIN);

	/** Confined to the thread of the executor. */
	private boolean failing;

	/**
	 * Create a saver that is idle until it is started.
	 * @param file the file to write
	 * @param source the current catalog, {@code null} if it is not worth saving
	 */
	CatalogSaver(CatalogFile file, Supplier<@Nullable CatalogState> source) {
		this.file = file;
		this.source = source;
		this.refreshInterval = file.maxAge().dividedBy(WRITES_WITHIN_MAX_AGE);
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-discovery-snapshot-");
		threads.setDaemon(true);
		this.executor = new ScheduledThreadPoolExecutor(1, threads);
	}

	void start() {
		this.executor.scheduleWithFixedDelay(() -> save(this.refreshInterval), INTERVAL.toMillis(), INTERVAL.toMillis(),
				TimeUnit.MILLISECONDS);
	}

	private void save(Duration refreshInterval) {
		try {
			CatalogState state = this.source.get();
			if (state != null && (state.catalog() != this.saved.catalog()
					|| state.asOf().isAfter(this.saved.asOf().plus(refreshInterval)))) {
				this.file.write(state);
				this.saved = state;
				this.failing = false;
			}
		}
		catch (IOException | RuntimeException | OutOfMemoryError ex) {
			if (!this.failing) {
				this.failing = true;
				logger.warn("Failed to write the service catalog snapshot file " + this.file + " (" + ex
						+ "). A start without etcd would use its last content");
			}
		}
	}

	/**
	 * Write the catalog for the last time. Blocks for two seconds at most.
	 */
	@Override
	public void close() {
		this.executor.execute(() -> save(Duration.ZERO));
		this.executor.shutdown();
		try {
			this.executor.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.executor.shutdownNow();
	}

}
