package io.github.etcdspring.fleet;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * Publishes the configuration of this instance under its lease: the first change after a
 * quiet second at once, further ones once a second. Writes on the thread of the lease; a
 * thread for the delay exists only while there are changes.
 */
final class FleetPublisher implements SmartLifecycle, DisposableBean {

	static final Duration MIN_INTERVAL = Duration.ofSeconds(1);

	private static final String REMEDY = "Which configuration this instance uses is therefore not visible to operators."
			+ " Grant the user a role with read and write permission for the key, or set"
			+ " spring.cloud.etcd.fleet.enabled=false";

	private final LeaseSession session;

	private final String key;

	private final ConfigRefresh refresh;

	private final Function<ConfigurationStatus, FleetInstance> description;

	private final SingleThreadTimer timer;

	private long lastPublished;

	private boolean scheduled;

	private volatile boolean running;

	/**
	 * Create a publisher.
	 * @param session the lease of the application
	 * @param key the key of the instance
	 * @param refresh applies and rejects configuration
	 * @param description describes this instance
	 */
	FleetPublisher(LeaseSession session, String key, ConfigRefresh refresh,
			Function<ConfigurationStatus, FleetInstance> description) {
		this.session = session;
		this.key = key;
		this.refresh = refresh;
		this.description = description;
		this.timer = new SingleThreadTimer("etcd-fleet-", MIN_INTERVAL.multipliedBy(2));
		refresh.addStatusListener(this::statusChanged);
	}

	@Override
	public void start() {
		if (!this.running) {
			this.running = true;
			publish();
		}
	}

	/** The status of the configuration or an answer to a proposal has changed. */
	void statusChanged() {
		if (this.running && isDue()) {
			publish();
		}
	}

	/** Whether to publish now; if not, it is scheduled. */
	private synchronized boolean isDue() {
		if (this.scheduled) {
			return false;
		}
		long left = this.lastPublished + MIN_INTERVAL.toNanos() - System.nanoTime();
		if (left > 0) {
			this.scheduled = true;
			this.timer.schedule(this::publish, left, TimeUnit.NANOSECONDS);
		}
		return left <= 0;
	}

	private synchronized void publish() {
		this.scheduled = false;
		this.lastPublished = System.nanoTime();
		this.session.putOptional(this.key, FleetFormat.write(this.description.apply(this.refresh.status())), REMEDY);
	}

	/** The key remains until the lease ends. */
	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public void destroy() {
		this.timer.shutdownNow();
	}

}
