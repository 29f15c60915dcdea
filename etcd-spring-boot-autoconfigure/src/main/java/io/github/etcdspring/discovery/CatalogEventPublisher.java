package io.github.etcdspring.discovery;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.github.etcdspring.client.SingleThreadTimer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Publishes a {@link HeartbeatEvent} after the catalog has changed, on its own daemon
 * thread. A slow listener does not delay the catalog: changes that occur meanwhile are
 * conflated into one event.
 * <p>
 * The last event is repeated once. Listeners such as Spring Boot Admin read the catalog
 * on other events as well, on other threads, and one that has read it before the change
 * may store its result after the change. Without another event, it would keep that
 * result.
 */
final class CatalogEventPublisher implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogEventPublisher.class);

	private static final Duration REPEAT_AFTER = Duration.ofSeconds(10);

	private final ConfigurableApplicationContext context;

	private final Duration repeatAfter;

	private final SingleThreadTimer timer = new SingleThreadTimer("etcd-discovery-events-", Duration.ofSeconds(1));

	private final AtomicBoolean scheduled = new AtomicBoolean();

	/**
	 * Value of the next heartbeat: the revision of etcd, or the last value plus one if
	 * that is higher, as after a restore from a backup. It always increases.
	 */
	private final AtomicLong heartbeatValue = new AtomicLong();

	private volatile boolean open;

	private volatile boolean listed;

	/** Confined to the thread of the publisher. */
	private boolean listedPublished;

	/** Confined to the thread of the publisher. */
	private long publishedHeartbeatValue;

	/** Confined to the thread of the publisher. */
	private @Nullable ScheduledFuture<?> repetition;

	CatalogEventPublisher(ConfigurableApplicationContext context) {
		this(context, REPEAT_AFTER);
	}

	CatalogEventPublisher(ConfigurableApplicationContext context, Duration repeatAfter) {
		this.context = context;
		this.repeatAfter = repeatAfter;
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
				this.timer.execute(this::publish);
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
			publishHeartbeat(current);
			if (this.repetition != null) {
				this.repetition.cancel(false);
			}
			this.repetition = this.timer.schedule(this::repeat, this.repeatAfter.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	private void repeat() {
		long last = this.publishedHeartbeatValue;
		if (this.heartbeatValue.compareAndSet(last, last + 1)) {
			publishHeartbeat(last + 1);
		}
		// otherwise a change is about to be published
	}

	private void publishHeartbeat(long value) {
		this.publishedHeartbeatValue = value;
		publish(new HeartbeatEvent(this, value));
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
		this.timer.shutdownNow();
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
