package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.etcdspring.client.EtcdRequestException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at watching ranges of keys, over at the first error of any of them. jetcd
 * would go on by itself from a revision that skips events, and keeps the refused stream
 * open; closing the watcher inside the callback is the one way to stop both.
 */
public final class WatchStream implements AutoCloseable {

	/**
	 * More than this many unread answers are not worth their memory: a list is cheaper.
	 */
	private static final int MOST_UNREAD = 10_000;

	/** The same for the bytes of keys and values in them. */
	private static final long MOST_UNREAD_BYTES = 32 * 1024 * 1024;

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final List<WatchedRange> ranges = new ArrayList<>();

	private final AtomicLong unreadBytes = new AtomicLong();

	private final AtomicBoolean ended = new AtomicBoolean();

	/** When the oldest of the events taken last arrived. */
	private long arrived;

	/** Whether there was no memory for something that was said. */
	private volatile boolean incomplete;

	private @Nullable Throwable failure;

	/**
	 * Open a watch.
	 * @param client the client
	 * @param ranges what to watch. The events of several carry neither key nor value, but
	 * only their revision
	 * @param revision the revision to begin with
	 * @return the stream, to be closed by the caller
	 */
	public static WatchStream open(Client client, List<KeyRange> ranges, long revision) {
		WatchStream stream = new WatchStream();
		try {
			for (KeyRange range : ranges) {
				WatchedRange watched = stream.new WatchedRange();
				stream.ranges.add(watched);
				watched.open(client, range, revision);
			}
			return stream;
		}
		catch (RuntimeException ex) {
			stream.close();
			throw ex;
		}
	}

	/**
	 * Wait until all ranges are watched.
	 * @param patience how long to wait
	 * @return the events so far, those of one range in their order
	 * @throws EtcdRequestException if they are not watched in time
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<WatchEvent> awaitOpen(Duration patience) throws EtcdRequestException, InterruptedException {
		long limit = System.nanoTime() + patience.toNanos();
		List<WatchEvent> events = new ArrayList<>();
		while (!this.ranges.stream().allMatch((range) -> range.opened)) {
			if (!take(limit - System.nanoTime(), events)) {
				throw EtcdRequestException.timeout("a watch could not be opened");
			}
		}
		return events;
	}

	/**
	 * Wait for the server to say something, and take all that it said. A silent server is
	 * asked for its progress.
	 * @param silence after which it is asked
	 * @param answer how long that may take
	 * @return the events, those of one range in their order; none of them if there were
	 * only reports of progress or silence
	 * @throws EtcdRequestException if the stream has ended, or remains silent
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<WatchEvent> await(Duration silence, Duration answer) throws EtcdRequestException, InterruptedException {
		return await(silence, answer, Long.MAX_VALUE);
	}

	/**
	 * As {@link #await(Duration, Duration)}, for a time at most.
	 */
	List<WatchEvent> await(Duration silence, Duration answer, long atMostNanos)
			throws EtcdRequestException, InterruptedException {
		long patience = atMostNanos;
		for (WatchedRange range : this.ranges) {
			patience = Math.min(patience, range.patience(silence, answer));
		}
		List<WatchEvent> events = new ArrayList<>();
		take(patience, events);
		// even when another range has much to tell
		for (WatchedRange range : this.ranges) {
			if (range.patience(silence, answer) <= 0) {
				range.askOrGiveUp();
			}
		}
		return events;
	}

	/**
	 * End a wait early, from any thread.
	 */
	void wakeUp() {
		this.signals.add(new Signal(null, List.of(), 0, null));
	}

	/**
	 * Take what has been said, of which events come before the end of the stream.
	 * @return {@code false} if there was silence
	 */
	private boolean take(long patience, List<WatchEvent> events) throws EtcdRequestException, InterruptedException {
		if (this.failure == null) {
			Signal first = this.signals.poll(patience, TimeUnit.NANOSECONDS);
			if (this.incomplete) {
				throw EtcdRequestException.closed();
			}
			if (first == null) {
				return false;
			}
			this.arrived = first.arrived();
			List<Signal> said = new ArrayList<>(List.of(first));
			this.signals.drainTo(said);
			for (int i = 0; i < said.size() && this.failure == null; i++) {
				Signal signal = said.get(i);
				this.unreadBytes.addAndGet(-signal.bytes());
				if (signal.range() != null) {
					signal.range().heard();
				}
				events.addAll(signal.events());
				this.failure = signal.failure();
			}
			if (this.failure == null || !events.isEmpty()) {
				return true;
			}
		}
		throw EtcdRequestException.of(this.failure);
	}

	/**
	 * When the first of what was taken last arrived.
	 * @return the time by the monotonic clock
	 */
	long arrived() {
		return this.arrived;
	}

	@Override
	public void close() {
		this.ended.set(true);
		this.ranges.forEach(WatchedRange::close);
	}

	/** The last revision is enough where all ranges are read again. */
	private static List<WatchEvent> withoutValues(List<WatchEvent> events) {
		if (events.isEmpty()) {
			return events;
		}
		WatchEvent last = events.get(events.size() - 1);
		KeyValue revision = new KeyValue(
				io.etcd.jetcd.api.KeyValue.newBuilder().setModRevision(last.getKeyValue().getModRevision()).build(),
				ByteSequence.EMPTY);
		return List.of(new WatchEvent(revision, null, last.getEventType()));
	}

	/**
	 * Something the server said: events, none of them in an answer to a progress request,
	 * or the end. Without a range it merely ends a wait.
	 */
	private record Signal(@Nullable WatchedRange range, List<WatchEvent> events, long bytes,
			@Nullable Throwable failure, long arrived) {

		Signal(@Nullable WatchedRange range, List<WatchEvent> events, long bytes, @Nullable Throwable failure) {
			this(range, events, bytes, failure, System.nanoTime());
		}

	}

	/**
	 * The watch of one range, which may be served by another member than the next one.
	 */
	private final class WatchedRange implements Watch.Listener {

		private volatile @Nullable Watcher watcher;

		private boolean opened;

		private boolean asked;

		private long since = System.nanoTime();

		void open(Client client, KeyRange range, long revision) {
			Watcher created = client.getWatchClient()
				.watch(range.start(),
						range.watchOption()
							.withRevision(revision)
							.withCreateNotify(true)
							.withProgressNotify(true)
							.withRequireLeader(true)
							.build(),
						this);
			this.watcher = created;
			if (WatchStream.this.ended.get()) {
				created.close();
			}
		}

		void heard() {
			this.opened = true;
			this.asked = false;
			this.since = System.nanoTime();
		}

		long patience(Duration silence, Duration answer) {
			return this.since + ((this.asked) ? answer : silence).toNanos() - System.nanoTime();
		}

		void askOrGiveUp() throws EtcdRequestException {
			Watcher open = this.watcher;
			if (this.asked || open == null) {
				throw EtcdRequestException.timeout("a watch is open and silent");
			}
			this.asked = true;
			this.since = System.nanoTime();
			open.requestProgress();
		}

		void close() {
			Watcher open = this.watcher;
			if (open != null) {
				open.close();
			}
		}

		@Override
		public void onNext(WatchResponse response) {
			try {
				if (WatchStream.this.signals.size() >= MOST_UNREAD
						|| WatchStream.this.unreadBytes.get() >= MOST_UNREAD_BYTES) {
					end(EtcdRequestException.tooManyPendingChanges());
				}
				else if (!WatchStream.this.ended.get()) {
					add((WatchStream.this.ranges.size() > 1) ? withoutValues(response.getEvents())
							: response.getEvents());
				}
			}
			catch (OutOfMemoryError ex) {
				WatchStream.this.incomplete = true;
				throw ex;
			}
		}

		private void add(List<WatchEvent> events) {
			long bytes = 0;
			for (WatchEvent event : events) {
				bytes += event.getKeyValue().getKey().size() + event.getKeyValue().getValue().size();
			}
			WatchStream.this.unreadBytes.addAndGet(bytes);
			WatchStream.this.signals.add(new Signal(this, events, bytes, null));
		}

		@Override
		public void onError(Throwable failure) {
			end(failure);
		}

		@Override
		public void onCompleted() {
			end(EtcdRequestException.closed());
		}

		/** Its own watcher at once, the others when the attempt is given up. */
		private void end(Throwable failure) {
			if (WatchStream.this.ended.compareAndSet(false, true)) {
				WatchStream.this.signals.add(new Signal(this, List.of(), 0, failure));
			}
			close();
		}

	}

}
