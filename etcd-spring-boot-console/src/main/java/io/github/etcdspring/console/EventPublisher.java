package io.github.etcdspring.console;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.web.servlet.function.ServerResponse.SseBuilder;

/**
 * Pushes the state to the viewers: the first change at once, further ones at most twice a
 * second.
 * <p>
 * Stops in the first phase, because the graceful shutdown of the web server would wait
 * for the open connections.
 */
final class EventPublisher implements SmartLifecycle {

	static final int MAX_VIEWERS = 100;

	private static final Duration INTERVAL = Duration.ofMillis(500);

	private static final int HEARTBEAT_SECONDS = 15;

	private final ContentMirror mirror;

	private final Set<EventViewer> viewers = new CopyOnWriteArraySet<>();

	private @Nullable ScheduledThreadPoolExecutor clock;

	private @Nullable ThreadPoolExecutor senders;

	private boolean scheduled;

	private long earliest = System.nanoTime();

	/** Accessed by the thread of the clock only. */
	private int seconds;

	EventPublisher(ContentMirror mirror) {
		this.mirror = mirror;
	}

	@Override
	public synchronized void start() {
		if (this.clock == null) {
			// one thread per viewer: a slow one must not block the others
			this.senders = new ThreadPoolExecutor(0, MAX_VIEWERS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
					threads("etcd-console-sender-"));
			ScheduledThreadPoolExecutor created = new ScheduledThreadPoolExecutor(1, threads("etcd-console-clock-"));
			created.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
			this.clock = created;
		}
	}

	private static ThreadFactory threads(String prefix) {
		CustomizableThreadFactory threads = new CustomizableThreadFactory(prefix);
		threads.setDaemon(true);
		return threads;
	}

	/** Return whether another viewer can be added. */
	synchronized boolean isOpen() {
		return this.clock != null && this.viewers.size() < MAX_VIEWERS;
	}

	/**
	 * Add a viewer, and send the state to it.
	 * @param events its event stream, completed at once if there are too many
	 */
	synchronized void add(SseBuilder events) {
		ThreadPoolExecutor executor = this.senders;
		if (executor == null || !isOpen()) {
			events.complete();
			return;
		}
		EventViewer viewer = new EventViewer(events, executor, this.mirror::state);
		events.onComplete(() -> this.viewers.remove(viewer));
		events.onTimeout(() -> this.viewers.remove(viewer));
		events.onError((failure) -> this.viewers.remove(viewer));
		this.viewers.add(viewer);
		viewer.sendState();
	}

	int viewers() {
		return this.viewers.size();
	}

	/** Publish a change soon. Never blocks. */
	synchronized void changed() {
		if (this.clock != null && !this.scheduled) {
			this.scheduled = true;
			this.clock.schedule(this::publish, Math.max(0, this.earliest - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
	}

	private void publish() {
		synchronized (this) {
			this.scheduled = false;
			this.earliest = System.nanoTime() + INTERVAL.toNanos();
		}
		this.viewers.forEach(EventViewer::sendState);
	}

	/** The mirror does not report the beginning of an outage. */
	private void tick() {
		State now = this.mirror.state();
		if (this.viewers.stream().anyMatch((viewer) -> viewer.isOutdated(now))) {
			changed();
		}
		this.seconds++;
		if (this.seconds % HEARTBEAT_SECONDS == 0) {
			this.viewers.forEach(EventViewer::sendHeartbeat);
		}
	}

	@Override
	public synchronized void stop() {
		if (this.clock != null && this.senders != null) {
			this.clock.shutdownNow();
			this.viewers.forEach(EventViewer::complete);
			this.viewers.clear();
			this.senders.shutdown();
			this.clock = null;
			this.senders = null;
			this.scheduled = false;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.clock != null;
	}

}
