package io.github.etcdspring.discovery;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Publishes a {@link HeartbeatEvent} after the catalog has changed, on its own daemon
 * thread. A slow listener does not delay the catalog: changes that occur meanwhile are
 * conflated into one event.
 */
final class CatalogEventPublisher implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogEventPublisher.class);

	private final ConfigurableApplicationContext context;

	private final ThreadPoolExecutor executor;

	private final AtomicBoolean scheduled = new AtomicBoolean();

	/**
	 * Value of the next heartbeat: the revision of etcd, or the last value plus one after
	 * a restore from a backup, which lowers the revision. It always increases.
	 */
	private final AtomicLong heartbeatValue = new AtomicLong();

	private volatile boolean open;

	private volatile boolean listed;

	/** Confined to the thread of the publisher. */
	private boolean listedPublished;

	/** Confined to the thread of the publisher. */
	private long publishedHeartbeatValue;

	CatalogEventPublisher(ConfigurableApplicationContext context) {
		this.context = context;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-discovery-events-");
		threads.setDaemon(true);
		this.executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads,
				new ThreadPoolExecutor.DiscardPolicy());
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Start to publish. Earlier, listeners may not be registered yet.
	 */
	void open() {
		this.open = true;
		publishSoon();
	}

	/**
	 * Publish, once, that the catalog has been read.
	 */
	void listed() {
		if (!this.listed) {
			this.listed = true;
			publishSoon();
		}
	}

	/**
	 * Publish that the instances of a service have changed.
	 * @param revision the revision of etcd
	 */
	void changed(long revision) {
		this.heartbeatValue.updateAndGet((last) -> Math.max(revision, last + 1));
		publishSoon();
	}

	private void publishSoon() {
		if (this.open && this.scheduled.compareAndSet(false, true)) {
			try {
				this.executor.execute(this::publish);
			}
			catch (OutOfMemoryError ex) {
				this.scheduled.set(false);
				throw ex;
			}
		}
	}

	private void publish() {
		this.scheduled.set(false);
		if (this.listed && !this.listedPublished) {
			this.listedPublished = true;
			publish(new CatalogListedEvent(this));
		}
		long current = this.heartbeatValue.get();
		if (current != this.publishedHeartbeatValue) {
			this.publishedHeartbeatValue = current;
			publish(new HeartbeatEvent(this, current));
		}
	}

	private void publish(ApplicationEvent event) {
		try {
			if (this.context.isActive()) {
				this.context.publishEvent(event);
			}
		}
		catch (RuntimeException | Error ex) {
			logger.error("Listener for service catalog changes failed", ex);
		}
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

	/**
	 * Published once, after the catalog has been read for the first time.
	 */
	static final class CatalogListedEvent extends ApplicationEvent {

		CatalogListedEvent(Object source) {
			super(source);
		}

	}

}
