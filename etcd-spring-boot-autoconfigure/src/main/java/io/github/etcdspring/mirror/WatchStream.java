package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to watch key ranges, which ends with the first error of any of them. On its
 * own, jetcd would resume from a revision that skips events, and would keep a refused
 * stream open. Only closing the watcher inside the callback prevents both.
 */
public final class WatchStream implements AutoCloseable {

	/**
	 * Maximum number of unread messages: beyond it, a list is cheaper than their memory.
	 */
	private static final int MAX_UNREAD = 10_000;

	/** Maximum size of the keys and values in unread messages. */
	private static final long MAX_UNREAD_BYTES = 32 * 1024 * 1024;

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final List<WatchedRange> ranges = new ArrayList<>();

	private final AtomicLong unreadBytes = new AtomicLong();

	private final AtomicBoolean ended = new AtomicBoolean();

	/** Arrival of the oldest of the events that were taken last. */
	private long arrived;

	/** Whether a message was lost to an {@link OutOfMemoryError}. */
	private volatile boolean incomplete;

	private @Nullable Throwable failure;

	/**
	 * Open a watch.
	 * @param client the client
	 * @param ranges the ranges to watch
	 * @param revision the first revision to watch
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
	 * Open a watch on the stream that all mirrors of a connection share.
	 * @param connection the connection
	 * @param ranges the ranges to watch, as above
	 * @param revision the first revision to watch
	 * @return the stream, to be closed by the caller
	 */
	static WatchStream openShared(EtcdConnection connection, List<KeyRange> ranges, long revision) {
		return connection.openOnSharedStream(() -> open(connection.client(), ranges, revision));
	}

	/**
	 * Wait until the watches of all ranges are open.
	 * @param timeout how long to wait
	 * @return the events so far, in order for each range
	 * @throws EtcdRequestException if the watches are not open in time
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<WatchEvent> awaitOpen(Duration timeout) throws EtcdRequestException, InterruptedException {
		long limit = System.nanoTime() + timeout.toNanos();
		List<WatchEvent> events = new ArrayList<>();
		while (!this.ranges.stream().allMatch((range) -> range.opened)) {
			if (!take(limit - System.nanoTime(), events)) {
				throw EtcdRequestException.timeout("a watch could not be opened");
			}
		}
		return events;
	}

	/**
	 * Wait for messages of the server, and take all of them. Progress is requested if the
	 * server is idle.
	 * @param idleTime time without a message after which progress is requested
	 * @param progressTimeout timeout of the progress request
	 * @return the events, in order for each range; empty if there were only progress
	 * notifications, or no message
	 * @throws EtcdRequestException if the stream has ended, or the progress request times
	 * out
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<WatchEvent> await(Duration idleTime, Duration progressTimeout)
			throws EtcdRequestException, InterruptedException {
		return await(idleTime, progressTimeout, Long.MAX_VALUE);
	}

	/**
	 * Wait like {@link #await(Duration, Duration)}, with a timeout.
	 */
	List<WatchEvent> await(Duration idleTime, Duration progressTimeout, long atMostNanos)
			throws EtcdRequestException, InterruptedException {
		long timeout = atMostNanos;
		for (WatchedRange range : this.ranges) {
			timeout = Math.min(timeout, range.nanosUntilDue(idleTime, progressTimeout));
		}
		List<WatchEvent> events = new ArrayList<>();
		take(timeout, events);
		// even if another range is busy
		for (WatchedRange range : this.ranges) {
			if (range.nanosUntilDue(idleTime, progressTimeout) <= 0 && !hasArrived(range)) {
				range.requestProgressOrFail();
			}
		}
		return events;
	}

	/**
	 * Whether there is a message for a range. On a busy machine, the answer to the
	 * request of another watch may arrive between the timeout and this check.
	 */
	private boolean hasArrived(WatchedRange range) {
		return this.signals.stream().anyMatch((signal) -> signal.range() == range);
	}

	/**
	 * End a wait early, from any thread.
	 */
	void wakeUp() {
		this.signals.add(new Signal(null, List.of(), 0, null));
	}

	/**
	 * Take all pending messages. Events are returned before the end of the stream.
	 * @return {@code false} if there was no message in time
	 */
	private boolean take(long timeout, List<WatchEvent> events) throws EtcdRequestException, InterruptedException {
		if (this.failure == null) {
			Signal first = this.signals.poll(timeout, TimeUnit.NANOSECONDS);
			if (this.incomplete) {
				throw EtcdRequestException.closed();
			}
			if (first == null) {
				return false;
			}
			this.arrived = first.arrived();
			List<Signal> pending = new ArrayList<>(List.of(first));
			this.signals.drainTo(pending);
			for (int i = 0; i < pending.size() && this.failure == null; i++) {
				Signal signal = pending.get(i);
				this.unreadBytes.addAndGet(-signal.bytes());
				if (signal.range() != null) {
					signal.range().received();
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
	 * Return when the first of the messages that were taken last arrived.
	 * @return the time as of {@link System#nanoTime()}
	 */
	long arrived() {
		return this.arrived;
	}

	@Override
	public void close() {
		this.ended.set(true);
		this.ranges.forEach(WatchedRange::close);
	}

	/**
	 * A message of the server: events, a progress notification without events, or the end
	 * of the stream. Without a range, it only wakes up the reader.
	 */
	private record Signal(@Nullable WatchedRange range, List<WatchEvent> events, long bytes,
			@Nullable Throwable failure, long arrived) {

		Signal(@Nullable WatchedRange range, List<WatchEvent> events, long bytes, @Nullable Throwable failure) {
			this(range, events, bytes, failure, System.nanoTime());
		}

	}

	/**
	 * The watch of one range.
	 */
	private final class WatchedRange implements Watch.Listener {

		private volatile @Nullable Watcher watcher;

		private boolean opened;

		private boolean progressRequested;

		private long waitingSince = System.nanoTime();

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

		void received() {
			this.opened = true;
			this.progressRequested = false;
			this.waitingSince = System.nanoTime();
		}

		long nanosUntilDue(Duration idleTime, Duration progressTimeout) {
			return this.waitingSince + ((this.progressRequested) ? progressTimeout : idleTime).toNanos()
					- System.nanoTime();
		}

		void requestProgressOrFail() throws EtcdRequestException {
			Watcher open = this.watcher;
			if (this.progressRequested || open == null) {
				throw EtcdRequestException.timeout("a watch is open and silent");
			}
			this.progressRequested = true;
			this.waitingSince = System.nanoTime();
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
				if (WatchStream.this.signals.size() >= MAX_UNREAD
						|| WatchStream.this.unreadBytes.get() >= MAX_UNREAD_BYTES) {
					end(EtcdRequestException.tooManyPendingChanges());
				}
				else if (!WatchStream.this.ended.get()) {
					add(response.getEvents());
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

		/** Closes its own watcher; the others are closed with the stream. */
		private void end(Throwable failure) {
			if (WatchStream.this.ended.compareAndSet(false, true)) {
				WatchStream.this.signals.add(new Signal(this, List.of(), 0, failure));
			}
			close();
		}

	}

}
