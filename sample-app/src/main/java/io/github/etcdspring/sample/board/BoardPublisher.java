package io.github.etcdspring.sample.board;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import io.github.etcdspring.refresh.EtcdConfigurationRejectedEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Publishes changes to the subscribers of the board. Event listeners only enqueue work
 * for the clock thread, which also compares the catalog once per second.
 * <p>
 * Stops in the first phase, because the graceful shutdown of the web server would wait
 * for the open connections.
 */
@Component
@Profile("consumer")
final class BoardPublisher implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(BoardPublisher.class);

	static final int MAX_SUBSCRIBERS = 16;

	private final InstanceTracker tracker;

	private final RecentEvents events;

	private final BoardContent content;

	private final ConfigRefresh configuration;

	private final Set<BoardSubscriber> subscribers = new CopyOnWriteArraySet<>();

	/** Accessed by the clock thread only. */
	private @Nullable ConfigurationStatus lastStatus;

	private @Nullable ScheduledExecutorService clock;

	private @Nullable ThreadPoolExecutor senders;

	BoardPublisher(InstanceTracker tracker, RecentEvents events, BoardContent content, ConfigRefresh configuration) {
		this.tracker = tracker;
		this.events = events;
		this.content = content;
		this.configuration = configuration;
	}

	@Override
	public synchronized void start() {
		if (this.clock == null) {
			// One thread per subscriber: a slow one must not block the others.
			this.senders = new ThreadPoolExecutor(0, MAX_SUBSCRIBERS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
					threads("board-sender-"));
			this.clock = Executors.newSingleThreadScheduledExecutor(threads("board-clock-"));
			this.clock.scheduleAtFixedRate(this::tick, 0, 1, TimeUnit.SECONDS);
		}
	}

	private static ThreadFactory threads(String prefix) {
		CustomizableThreadFactory threads = new CustomizableThreadFactory(prefix);
		threads.setDaemon(true);
		return threads;
	}

	/**
	 * Add a subscriber.
	 * @return its event stream, {@code null} if the limit is reached or the board is
	 * stopped
	 */
	synchronized @Nullable SseEmitter subscribe() {
		ThreadPoolExecutor executor = this.senders;
		if (executor == null || this.subscribers.size() >= MAX_SUBSCRIBERS) {
			return null;
		}
		BoardSubscriber[] self = new BoardSubscriber[1];
		BoardSubscriber subscriber = new BoardSubscriber(executor, this.content::of,
				() -> this.subscribers.remove(self[0]));
		self[0] = subscriber;
		this.subscribers.add(subscriber);
		subscriber.publish(EnumSet.allOf(Topic.class));
		return subscriber.emitter();
	}

	int subscribers() {
		return this.subscribers.size();
	}

	@EventListener
	void onHeartbeat(HeartbeatEvent event) {
		executeOnClock(this::updateInstances);
	}

	@EventListener
	void onApplied(EtcdConfigurationAppliedEvent event) {
		executeOnClock(() -> {
			List<String> keys = event.getKeys().stream().sorted().limit(5).toList();
			this.events.add(RecentEvents.Kind.APPLIED,
					"Configuration revision " + event.getRevision() + " applied" + ((keys.isEmpty())
							? "; the rejected change was reverted." : ": " + String.join(", ", keys) + "."));
			publish(EnumSet.of(Topic.CONFIGURATION, Topic.EVENTS));
		});
	}

	@EventListener
	void onRejected(EtcdConfigurationRejectedEvent event) {
		executeOnClock(() -> {
			this.events.add(RecentEvents.Kind.REJECTED,
					"Configuration revision " + event.getRevision() + " rejected: " + event.getReason());
			publish(EnumSet.of(Topic.CONFIGURATION, Topic.EVENTS));
		});
	}

	private synchronized void executeOnClock(Runnable task) {
		if (this.clock != null) {
			this.clock.execute(task);
		}
	}

	private void tick() {
		try {
			refresh();
		}
		catch (RuntimeException ex) {
			// An exception would cancel the schedule.
			logger.warn("Failed to update the board", ex);
		}
	}

	private void refresh() {
		// A put of an unchanged value changes the revision without publishing an event.
		updateInstances();
		updateConfiguration();
		publish(EnumSet.of(Topic.STATUS));
	}

	private void updateInstances() {
		List<String> changes = this.tracker.update();
		if (changes != null) {
			changes.forEach((change) -> this.events.add(RecentEvents.Kind.INSTANCE, change));
			publish((changes.isEmpty()) ? EnumSet.of(Topic.INSTANCES) : EnumSet.of(Topic.INSTANCES, Topic.EVENTS));
		}
	}

	private void updateConfiguration() {
		ConfigurationStatus now = this.configuration.status();
		if (!now.equals(this.lastStatus)) {
			this.lastStatus = now;
			publish(EnumSet.of(Topic.CONFIGURATION));
		}
	}

	private void publish(Set<Topic> topics) {
		this.subscribers.forEach((subscriber) -> subscriber.publish(topics));
	}

	@Override
	public synchronized void stop() {
		if (this.clock != null && this.senders != null) {
			this.clock.shutdownNow();
			this.subscribers.forEach(BoardSubscriber::complete);
			this.subscribers.clear();
			this.senders.shutdown();
			this.clock = null;
			this.senders = null;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.clock != null;
	}

}
