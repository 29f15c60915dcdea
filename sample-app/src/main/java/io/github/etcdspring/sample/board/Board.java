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
 * Tells all who watch the board what has changed, when it has. Who reports a change only
 * hands it over. While nobody watches, a glance at the catalog every second is all there
 * is to it.
 * <p>
 * Stops first of all, as the web server would wait for those who watch.
 */
@Component
@Profile("consumer")
final class Board implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(Board.class);

	static final int MOST_WATCHERS = 16;

	private final Sightings sightings;

	private final News news;

	private final BoardContent content;

	private final ConfigRefresh configuration;

	private final Set<Watcher> watchers = new CopyOnWriteArraySet<>();

	/** Belongs to the thread of the clock. */
	private @Nullable ConfigurationStatus compared;

	private @Nullable ScheduledExecutorService clock;

	private @Nullable ThreadPoolExecutor senders;

	Board(Sightings sightings, News news, BoardContent content, ConfigRefresh configuration) {
		this.sightings = sightings;
		this.news = news;
		this.content = content;
		this.configuration = configuration;
	}

	@Override
	public synchronized void start() {
		if (this.clock == null) {
			// One each for those who watch: one may not be reading.
			this.senders = new ThreadPoolExecutor(0, MOST_WATCHERS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
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
	 * Let somebody watch.
	 * @return what is sent to them, {@code null} if there is no room
	 */
	synchronized @Nullable SseEmitter watch() {
		ThreadPoolExecutor executor = this.senders;
		if (executor == null || this.watchers.size() >= MOST_WATCHERS) {
			return null;
		}
		Watcher[] self = new Watcher[1];
		Watcher watcher = new Watcher(executor, this.content::of, () -> this.watchers.remove(self[0]));
		self[0] = watcher;
		this.watchers.add(watcher);
		watcher.tell(EnumSet.allOf(Topic.class));
		return watcher.emitter();
	}

	int watchers() {
		return this.watchers.size();
	}

	@EventListener
	void onHeartbeat(HeartbeatEvent event) {
		handOver(this::look);
	}

	@EventListener
	void onApplied(EtcdConfigurationAppliedEvent event) {
		handOver(() -> {
			List<String> keys = event.getKeys().stream().sorted().limit(5).toList();
			this.news.add(News.Kind.APPLIED, "Configuration of revision " + event.getRevision() + " is in force"
					+ ((keys.isEmpty()) ? ", what was rejected is taken back." : ": " + String.join(", ", keys) + "."));
			tell(EnumSet.of(Topic.CONFIGURATION, Topic.NEWS));
		});
	}

	@EventListener
	void onRejected(EtcdConfigurationRejectedEvent event) {
		handOver(() -> {
			this.news.add(News.Kind.REJECTED,
					"Configuration of revision " + event.getRevision() + " is rejected: " + event.getReason());
			tell(EnumSet.of(Topic.CONFIGURATION, Topic.NEWS));
		});
	}

	private synchronized void handOver(Runnable task) {
		if (this.clock != null) {
			this.clock.execute(task);
		}
	}

	private void tick() {
		try {
			compareAndTell();
		}
		catch (RuntimeException ex) {
			// An executor would not call again.
			logger.warn("The board could not be brought up to date", ex);
		}
	}

	private void compareAndTell() {
		// A key put again with the same value makes no difference to the application, and
		// is announced to nobody.
		look();
		compare();
		tell(EnumSet.of(Topic.PULSE));
	}

	private void look() {
		List<String> changes = this.sightings.look();
		if (changes != null) {
			changes.forEach((change) -> this.news.add(News.Kind.INSTANCE, change));
			tell((changes.isEmpty()) ? EnumSet.of(Topic.INSTANCES) : EnumSet.of(Topic.INSTANCES, Topic.NEWS));
		}
	}

	private void compare() {
		ConfigurationStatus now = this.configuration.status();
		if (!now.equals(this.compared)) {
			this.compared = now;
			tell(EnumSet.of(Topic.CONFIGURATION));
		}
	}

	private void tell(Set<Topic> topics) {
		this.watchers.forEach((watcher) -> watcher.tell(topics));
	}

	@Override
	public synchronized void stop() {
		if (this.clock != null && this.senders != null) {
			this.clock.shutdownNow();
			this.watchers.forEach(Watcher::end);
			this.watchers.clear();
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
