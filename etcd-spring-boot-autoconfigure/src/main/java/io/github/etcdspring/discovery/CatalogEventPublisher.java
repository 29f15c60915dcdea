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
 * Tells the application that the catalog changed, on a thread of its own: a slow listener
 * holds up neither the catalog nor the next event, as changes meanwhile become one.
 */
final class CatalogEventPublisher implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogEventPublisher.class);

	private final ConfigurableApplicationContext context;

	private final ThreadPoolExecutor executor;

	private final AtomicBoolean scheduled = new AtomicBoolean();

	/**
	 * State of the catalog for listeners: the revision of etcd, and a later number where
	 * a restore from a backup brought back a revision that was seen before.
	 */
	private final AtomicLong heartbeatValue = new AtomicLong();

	private volatile boolean open;

	private volatile boolean listed;

	/** Belongs to the thread of the events, as the next. */
	private boolean listedPublished;

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
	 * Publish from now on; before that there may be no listeners yet.
	 */
	void open() {
		this.open = true;
		publishSoon();
	}

	/**
	 * The catalog is known.
	 */
	void listed() {
		if (!this.listed) {
			this.listed = true;
			publishSoon();
		}
	}

	/**
	 * Some service has other instances than before.
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
			logger.error("A listener to the change of services failed", ex);
		}
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

	/**
	 * The catalog is known for the first time.
	 */
	static final class CatalogListedEvent extends ApplicationEvent {

		CatalogListedEvent(Object source) {
			super(source);
		}

	}

}
