package io.github.etcdspring.console;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Keeps the content up to date while the application runs.
 */
final class ContentMirror implements SmartLifecycle {

	private static final Duration LIST_TIMEOUT = Duration.ofSeconds(3);

	private final EtcdConnection connection;

	private final Content content;

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private volatile @Nullable Mirror mirror;

	ContentMirror(EtcdConnection connection, ConsoleKeys keys) {
		this.connection = connection;
		this.content = new Content(keys, () -> this.listeners.forEach(Runnable::run));
	}

	/**
	 * Add a callback for changes.
	 * @param listener called on the thread of the mirror; must neither block nor throw
	 */
	void addListener(Runnable listener) {
		this.listeners.add(listener);
	}

	@Override
	public synchronized void start() {
		if (this.mirror == null) {
			this.content.clear();
			Mirror created = new Mirror(this.connection, this.content.keys().ranges(), "console", this.content);
			created.start();
			this.mirror = created;
		}
	}

	@Override
	public synchronized void stop() {
		Mirror open = this.mirror;
		if (open != null) {
			this.mirror = null;
			open.close();
		}
	}

	@Override
	public boolean isRunning() {
		return this.mirror != null;
	}

	/** Before the web server. */
	@Override
	public int getPhase() {
		return 0;
	}

	/**
	 * Return the content for a view.
	 * @param topic the topic of the view
	 * @return the content
	 * @throws RefusedException if etcd does not permit to read it
	 * @throws NotReadyException if etcd has not been read yet
	 * @throws InterruptedException if the thread is interrupted
	 */
	Content content(Topic topic) throws InterruptedException {
		Mirror open = this.mirror;
		if (open == null || !open.awaitListed(LIST_TIMEOUT)) {
			throw new NotReadyException((open != null && open.status().problem() != null)
					? "etcd has not been read yet: " + open.status().problem() : "etcd has not been read yet");
		}
		if (this.content.forbidden().contains(topic)) {
			throw new RefusedException("etcd does not permit this application to read the keys under "
					+ this.content.keys().prefix(topic) + ". Grant its role the permission to read them");
		}
		return this.content;
	}

	/**
	 * Return the state of the content.
	 * @return the state
	 */
	State state() {
		Mirror open = this.mirror;
		MirrorStatus status = (open != null) ? open.status() : new MirrorStatus(false, Instant.EPOCH, null);
		return new State(this.content.revision(Topic.SERVICES), this.content.revision(Topic.CONFIGURATION),
				this.content.revision(Topic.FLEET), this.content.revision(Topic.OVERRIDES),
				this.content.revision(Topic.ROLLOUTS), status.synced(), (status.synced()) ? null : status.since(),
				this.content.forbidden().stream().map((topic) -> topic.name().toLowerCase(Locale.ROOT)).toList());
	}

}
