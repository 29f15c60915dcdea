package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.etcdspring.client.EtcdRequestException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a watch, over at its first error. jetcd would go on by itself from a
 * revision that skips events, and keeps the refused stream open; closing the watcher
 * inside the callback is the one way to stop both.
 */
final class WatchStream implements AutoCloseable {

	/**
	 * More than this many unread answers are not worth their memory: a list is cheaper.
	 */
	private static final int MOST_UNREAD = 10_000;

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final AtomicReference<@Nullable Watcher> watcher = new AtomicReference<>();

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable Throwable failure;

	static WatchStream open(Client client, KeyRange range, long revision) {
		WatchStream stream = new WatchStream();
		Watcher watcher = client.getWatchClient()
			.watch(range.start(),
					range.watchOption()
						.withRevision(revision)
						.withCreateNotify(true)
						.withProgressNotify(true)
						.withRequireLeader(true)
						.build(),
					stream.new Listener());
		stream.watcher.set(watcher);
		if (stream.ended.get()) {
			watcher.close();
		}
		return stream;
	}

	/**
	 * Wait for the server to say something, and take all that it said.
	 * @param patience how long to wait
	 * @return the events in their order, none of them if it was a sign of life, or
	 * {@code null} if there was silence
	 * @throws EtcdRequestException if the stream has ended
	 * @throws InterruptedException if the thread is interrupted
	 */
	@Nullable List<WatchEvent> await(Duration patience) throws EtcdRequestException, InterruptedException {
		if (this.failure == null) {
			Signal first = this.signals.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
			if (first == null) {
				return null;
			}
			List<Signal> said = new ArrayList<>(List.of(first));
			this.signals.drainTo(said);
			List<WatchEvent> events = new ArrayList<>();
			for (int i = 0; i < said.size() && this.failure == null; i++) {
				events.addAll(said.get(i).events());
				this.failure = said.get(i).failure();
			}
			if (this.failure == null || !events.isEmpty()) {
				return events;
			}
		}
		throw EtcdRequestException.of(this.failure);
	}

	void requestProgress() {
		Watcher open = this.watcher.get();
		if (open != null) {
			open.requestProgress();
		}
	}

	@Override
	public void close() {
		this.ended.set(true);
		Watcher open = this.watcher.get();
		if (open != null) {
			open.close();
		}
	}

	private void end(Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			this.signals.add(new Signal(List.of(), failure));
			Watcher open = this.watcher.get();
			if (open != null) {
				open.close();
			}
		}
	}

	/**
	 * Something the server said: events, none of them in a sign of life, or the end.
	 */
	record Signal(List<WatchEvent> events, @Nullable Throwable failure) {

	}

	private final class Listener implements Watch.Listener {

		@Override
		public void onNext(WatchResponse response) {
			if (WatchStream.this.signals.size() >= MOST_UNREAD) {
				end(EtcdRequestException.tooFarBehind());
			}
			else if (!WatchStream.this.ended.get()) {
				WatchStream.this.signals.add(new Signal(response.getEvents(), null));
			}
		}

		@Override
		public void onError(Throwable failure) {
			end(failure);
		}

		@Override
		public void onCompleted() {
			end(EtcdRequestException.closed());
		}

	}

}
