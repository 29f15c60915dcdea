package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * A copy of ranges of keys, kept by listing them once and watching them from the next
 * revision on. Whatever happens to the connection or to etcd, the last snapshot stays
 * until there is a better one.
 * <p>
 * One range is kept up to date with the events of its watch. Several have a watch each
 * that merely says that something happened: all are then read in one transaction, so that
 * each snapshot is what etcd held at one revision.
 * <p>
 * One daemon thread does all the work and calls the listener; any thread may read
 * {@link #snapshot()} and {@link #status()}.
 */
public final class Mirror implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	private static final Intervals INTERVALS = new Intervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10));

	/** Longest pause between two reads of all ranges. */
	private static final Duration MOST_REST = Duration.ofMillis(500);

	private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final String name;

	private final String keys;

	private final MirrorListener listener;

	private final RangeReader reader;

	private final Recovery recovery;

	private final Thread thread;

	private final CountDownLatch listed = new CountDownLatch(1);

	private final LongAdder lists = new LongAdder();

	private final LongAdder resyncs = new LongAdder();

	private final Deliveries deliveries = new Deliveries();

	private final Intervals intervals;

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile boolean closed;

	private boolean listNeeded = true;

	/** Until then changes of several ranges wait, to be read together. */
	private long restUntil = System.nanoTime();

	/**
	 * Create a mirror that does nothing until it is started.
	 * @param connection the connection to etcd
	 * @param ranges what to mirror
	 * @param name what the ranges hold, for the name of the thread
	 * @param listener told about each change
	 */
	public Mirror(EtcdConnection connection, List<KeyRange> ranges, String name, MirrorListener listener) {
		this(connection, new RangeReader(connection, ranges), name, listener, INTERVALS, true);
	}

	Mirror(EtcdConnection connection, RangeReader reader, String name, MirrorListener listener, Intervals intervals,
			boolean talkative) {
		this.connection = connection;
		this.name = name;
		this.keys = reader.ranges().stream().map(KeyRange::toString).collect(Collectors.joining(", "));
		this.reader = reader;
		this.recovery = new Recovery(connection, this.keys, talkative);
		this.listener = listener;
		this.intervals = intervals;
		this.thread = new Thread(this::run, "etcd-mirror-" + name);
		this.thread.setDaemon(true);
	}

	/**
	 * Create a mirror for somebody who says himself when etcd does not answer.
	 * @param connection the connection to etcd
	 * @param ranges what to mirror
	 * @param name what the ranges hold, for the name of the thread
	 * @param listener told about each change
	 * @return a mirror that does nothing until it is started
	 */
	public static Mirror quiet(EtcdConnection connection, List<KeyRange> ranges, String name, MirrorListener listener) {
		return new Mirror(connection, new RangeReader(connection, ranges), name, listener, INTERVALS, false);
	}

	/**
	 * Begin to list and watch, in the background and for as long as it takes.
	 */
	public void start() {
		this.thread.start();
	}

	/**
	 * Begin with what was read before, and watch from its revision on. The listener is
	 * told what differs from it. Where etcd no longer has the changes since then, it is
	 * listed and compared.
	 * @param known what the ranges held, as a {@link RangeReader} has read it
	 */
	public void start(Snapshot known) {
		if (known.revision() > 0) {
			this.snapshot = known;
			this.listNeeded = false;
			this.listed.countDown();
		}
		start();
	}

	/**
	 * Wait until the ranges have been listed and the listener told, unless that was not
	 * needed to begin with.
	 * @param timeout how long to wait
	 * @return whether they have been listed
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean awaitListed(Duration timeout) throws InterruptedException {
		return this.listed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * What etcd held when it was last heard of.
	 * @return the snapshot, at revision 0 before the first list
	 */
	public Snapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * How far the snapshot can be trusted.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.recovery.status();
	}

	/**
	 * How often the ranges had to be listed: once, and once more for each time that the
	 * history of the store was compacted, wiped or restored.
	 * @return the number of lists so far
	 */
	public long lists() {
		return this.lists.sum();
	}

	/**
	 * What there is to tell about it.
	 * @return the report
	 */
	public MirrorReport report() {
		Snapshot now = this.snapshot;
		return new MirrorReport(this.name, this.reader.ranges().stream().map(KeyRange::toString).toList(),
				now.revision(), now.entries().size(), status(), this.resyncs.sum(), this.recovery.watches(),
				this.deliveries.count(), this.deliveries.time(), this.deliveries.last());
	}

	@Override
	public void close() {
		this.closed = true;
		this.recovery.close();
		this.thread.interrupt();
		if (Thread.currentThread() != this.thread) {
			try {
				this.thread.join(CLOSE.toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private void run() {
		while (!this.closed) {
			this.recovery.begin();
			try {
				try {
					if (this.recovery.isRefused() && !this.listNeeded) {
						this.listNeeded = !this.reader.confirms(this.snapshot);
					}
					if (this.listNeeded) {
						list();
					}
					watch();
				}
				catch (EtcdRequestException ex) {
					recover(ex);
				}
				catch (RuntimeException | Error ex) {
					recover(EtcdRequestException.of(ex));
				}
			}
			catch (InterruptedException ex) {
				// closed, or a listener's mistake that must not end the mirror
			}
			catch (RuntimeException | Error ex) {
				// no memory even to make a note of it, which must not end the mirror
				LockSupport.parkNanos(LEAST_PAUSE.toNanos());
			}
		}
	}

	private void list() throws EtcdRequestException, InterruptedException {
		Snapshot next = this.reader.list();
		this.lists.increment();
		if (this.snapshot.revision() > 0) {
			this.resyncs.increment();
		}
		update(next, next.changedSince(this.snapshot));
		this.listNeeded = false;
		this.listed.countDown();
	}

	/**
	 * List while the watch goes on: what both of them tell is ignored the second time.
	 */
	private void reconcile() throws EtcdRequestException, InterruptedException {
		Snapshot next = this.reader.list();
		update(next, next.changedSince(this.snapshot));
	}

	/**
	 * Apply what the server sends until the stream ends, which is by exception.
	 */
	private void watch() throws EtcdRequestException, InterruptedException {
		try (WatchStream stream = WatchStream.open(this.connection.client(), this.reader.ranges(),
				this.snapshot.revision() + 1)) {
			List<WatchEvent> said = stream.awaitOpen(this.connection.requestTimeout());
			// asked only now, as the store may have been replaced until the stream was
			// open
			if (!this.reader.confirms(this.snapshot)) {
				throw EtcdRequestException.otherHistory();
			}
			this.recovery.opened(this.snapshot.revision() + 1);
			deliver(said, stream.arrived());
			long reconcileAt = nextReconciliation();
			while (!this.closed) {
				deliver(stream.await(this.intervals.silence(), this.intervals.answer()), stream.arrived());
				if (System.nanoTime() - reconcileAt > 0) {
					reconcileAt = nextReconciliation();
					reconcile();
				}
			}
		}
	}

	private long nextReconciliation() {
		Duration interval = this.intervals.reconcile(this.snapshot.entries().size());
		return System.nanoTime() + Recovery.jitter(interval).toNanos();
	}

	private void deliver(List<WatchEvent> events, long arrived) throws EtcdRequestException, InterruptedException {
		apply(events);
		if (!events.isEmpty()) {
			this.deliveries.delivered(arrived);
		}
	}

	private void apply(List<WatchEvent> events) throws EtcdRequestException, InterruptedException {
		if (!this.snapshot.isBehind(events)) {
			return;
		}
		if (this.reader.ranges().size() > 1) {
			// a transaction may have changed other ranges, of which their watches tell
			// later
			readAll();
			if (this.snapshot.isBehind(events)) {
				throw EtcdRequestException.otherHistory();
			}
		}
		else {
			Snapshot next = this.snapshot.apply(events);
			update(next, this.snapshot.keysPutOrDeleted(events));
		}
	}

	/**
	 * Read all ranges, and then nothing for as long as that took: changes that never end
	 * cost etcd no more than half of the time. The listener works meanwhile.
	 */
	private void readAll() throws EtcdRequestException, InterruptedException {
		TimeUnit.NANOSECONDS.sleep(this.restUntil - System.nanoTime());
		long before = System.nanoTime();
		Snapshot next = this.reader.list();
		long after = System.nanoTime();
		this.restUntil = after + Math.min(after - before, MOST_REST.toNanos());
		update(next, next.changedSince(this.snapshot));
	}

	private void update(Snapshot next, Set<ByteSequence> changed) {
		boolean first = this.listed.getCount() > 0;
		Snapshot former = this.snapshot;
		this.snapshot = next;
		if (first || !changed.isEmpty()) {
			try {
				this.listener.changed(next, changed);
			}
			catch (OutOfMemoryError ex) {
				// told again as soon as there is memory
				this.snapshot = former;
				throw ex;
			}
			catch (RuntimeException | Error ex) {
				// the next change may fare better, if there is still somebody to tell it
				logger.error("A change of the etcd keys " + this.keys + " could not be passed on", ex);
			}
		}
	}

	/**
	 * Note the end of an attempt and wait before the next.
	 */
	private void recover(EtcdRequestException failure) throws InterruptedException {
		if (!this.closed && failure.reason() == Reason.PERMISSION_DENIED) {
			this.listener.forbidden();
		}
		if (this.closed) {
			return;
		}
		this.listNeeded |= Recovery.isLost(failure);
		long pause = this.recovery.failed(failure);
		if (pause > 0) {
			Thread.sleep(pause);
		}
	}

}
