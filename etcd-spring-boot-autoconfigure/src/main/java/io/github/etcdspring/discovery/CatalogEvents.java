package io.github.etcdspring.discovery;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Tells the application that the catalog changed, on a thread of its own: a slow listener
 * holds up neither the catalog nor the next event, as changes meanwhile become one.
 */
final class CatalogEvents implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogEvents.class);

	private final ConfigurableApplicationContext context;

	private final ThreadPoolExecutor executor;

	private final AtomicBoolean due = new AtomicBoolean();

	private volatile long revision;

	private volatile boolean open;

	private volatile boolean listed;

	CatalogEvents(ConfigurableApplicationContext context) {
		this.context = context;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-discovery-events-");
		threads.setDaemon(true);
		this.executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Publish from now on; before that there may be no listeners yet.
	 */
	void open() {
		this.open = true;
		if (this.revision != 0) {
			publishSoon();
		}
	}

	void changed(long revision, boolean real) {
		boolean first = this.revision == 0;
		this.revision = revision;
		if (this.open && (real || first)) {
			publishSoon();
		}
	}

	private void publishSoon() {
		if (this.due.compareAndSet(false, true)) {
			this.executor.execute(this::publish);
		}
	}

	private void publish() {
		this.due.set(false);
		if (!this.context.isActive()) {
			return;
		}
		try {
			if (!this.listed) {
				this.listed = true;
				// the health of discovery is unknown until this is published, registered
				// or not
				this.context.publishEvent(new InstanceRegisteredEvent<>(this, "catalog"));
			}
			this.context.publishEvent(new HeartbeatEvent(this, this.revision));
		}
		catch (RuntimeException ex) {
			logger.error("A listener to the change of services failed", ex);
		}
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
