package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.RangeExtensions.RangeExtension;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a copy of key ranges: lists them once and watches them from the next revision on.
 * The last known state is kept during outages, and if a permission is revoked.
 * <p>
 * Each range has a watch and is updated with its events. As one transaction may change
 * several ranges, those without an event of the last revision are read at that revision.
 * Each snapshot is therefore the state of etcd at one revision. Forbidden ranges are
 * excluded, keep their last known entries, and are included again once the permission is
 * granted.
 * <p>
 * One daemon thread does all the work, owns the copy and calls the listener. Any thread
 * may call {@link #revision()}, {@link #status()} and {@link #report()}.
 */
public final class Mirror implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	private static final Duration MIN_PAUSE = Duration.ofMillis(100);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final String name;

	private final MirrorListener listener;

	private final WatchIntervals intervals;

	private final MirrorState state;

	private final Thread thread;

	private final CountDownLatch listed = new CountDownLatch(1);

	private final LongAdder lists = new LongAdder();

	private final LongAdder resyncs = new LongAdder();

	private final LongAdder missed = new LongAdder();

	private final RangeExtensions extensions = new RangeExtensions();

	private final Semaphore wakeUps = new Semaphore(0);

	private final ChangeDelivery delivery;

	private final MirroredRanges ranges;

	private volatile Summary summary;

	private volatile @Nullable WatchStream stream;

	private volatile boolean closed;

	private boolean listNeeded = true;

	/** Whether the list is needed because the history was lost. */
	private boolean resync;

	/**
	 * Create a mirror that does nothing until it is started.
	 * @param connection the connection to etcd
	 * @param ranges the ranges to mirror
	 * @param name name of the content, used in the thread name
	 * @param listener receives each change
	 */
	public Mirror(EtcdConnection connection, List<KeyRange> ranges, String name, MirrorListener listener) {
		this(connection, new RangeReader(connection, ranges), name, listener, WatchIntervals.DEFAULT, true);
	}

	Mirror(EtcdConnection connection, RangeReader reader, String name, MirrorListener listener,
			WatchIntervals intervals, boolean logsOutages) {
		this.connection = connection;
		this.name = name;
		this.ranges = new MirroredRanges(connection, reader);
		this.summary = summary(List.of());
		this.state = new MirrorState(connection, keys(), intervals, logsOutages);
		this.listener = listener;
		this.delivery = new ChangeDelivery(listener);
		this.intervals = intervals;
		this.thread = new Thread(this::run, "etcd-mirror-" + name);
		this.thread.setDaemon(true);
	}

	/**
	 * Create a mirror that does not log outages; the caller reports them.
	 * @param connection the connection to etcd
	 * @param ranges the ranges to mirror
	 * @param name name of the content, used in the thread name
	 * @param listener receives each change
	 * @return a mirror that does nothing until it is started
	 */
	public static Mirror withoutOutageLogging(EtcdConnection connection, List<KeyRange> ranges, String name,
			MirrorListener listener) {
		return new Mirror(connection, new RangeReader(connection, ranges), name, listener, WatchIntervals.DEFAULT,
				false);
	}

	/**
	 * Create a mirror of keys that the user need not be permitted to read. While it is
	 * not, the mirror checks with exponential back-off, up to every four minutes. Outages
	 * are not logged; a denied permission is.
	 * @param connection the connection to etcd
	 * @param range the range to mirror
	 * @param name name of the content, used in the thread name
	 * @param listener receives each change
	 * @return a mirror that does nothing until it is started
	 */
	public static Mirror ofOptionalKeys(EtcdConnection connection, KeyRange range, String name,
			MirrorListener listener) {
		return new Mirror(connection, new RangeReader(connection, List.of(range)), name, listener,
				WatchIntervals.OPTIONAL, false);
	}

	/**
	 * Start to list and watch in the background, with retries until it succeeds.
	 */
	public void start() {
		this.thread.start();
	}

	/**
	 * Start from an earlier snapshot, and watch from its revision on. The listener
	 * receives the differences. If etcd no longer has the changes since then, the ranges
	 * are listed and compared with the snapshot.
	 * @param known the snapshot, as read by a {@link RangeReader}
	 */
	public void start(Snapshot known) {
		if (known.revision() > 0) {
			this.ranges.begin(known);
			this.summary = summary(List.of());
			this.listNeeded = false;
			this.listed.countDown();
		}
		start();
	}

	/**
	 * Start like {@link #start(Snapshot)}, but exclude ranges that were forbidden before:
	 * each refused watch costs etcd a password check.
	 * @param known the snapshot of the other ranges
	 * @param forbidden the ranges that could not be read
	 */
	public void start(Snapshot known, List<KeyRange> forbidden) {
		this.ranges.exclude(forbidden);
		start(known);
	}

	/**
	 * Wait until the ranges have been listed and delivered to the listener. Returns at
	 * once after a start from a snapshot.
	 * @param timeout how long to wait
	 * @return whether the ranges have been listed
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean awaitListed(Duration timeout) throws InterruptedException {
		return this.listed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Replace the mirrored ranges, and wait until their entries have been delivered to
	 * the listener. Known ranges that have become forbidden keep their entries.
	 * @param ranges all ranges to mirror
	 * @param begin callback on the thread of the mirror, run before the delivery
	 * @param timeout how long to wait
	 * @return whether the entries have been delivered; if not, they are delivered later
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean extend(List<KeyRange> ranges, Runnable begin, Duration timeout) throws InterruptedException {
		RangeExtension extension = this.extensions.request(ranges, begin);
		WatchStream open = this.stream;
		if (open != null) {
			open.wakeUp();
		}
		this.wakeUps.release();
		// a call from the listener would wait for itself
		return Thread.currentThread() != this.thread && extension.awaitDelivered(timeout);
	}

	/**
	 * Return the revision of the copy.
	 * @return the revision, 0 before the first list
	 */
	public long revision() {
		return this.summary.revision();
	}

	/**
	 * Return whether the copy is up to date.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.state.status();
	}

	/**
	 * Return how often the ranges have been listed: once, and once more for each
	 * compaction, wipe or restore of the store and for each change of the ranges or
	 * permissions.
	 * @return the number of lists so far
	 */
	public long lists() {
		return this.lists.sum();
	}

	/**
	 * Return a report with the current figures.
	 * @return the report
	 */
	public MirrorReport report() {
		Summary now = this.summary;
		ChangeDelivery.Total deliveries = this.delivery.total();
		return new MirrorReport(this.name, texts(now.ranges()), now.revision(), now.entries(), status(),
				this.resyncs.sum(), this.missed.sum(), texts(now.forbidden()), this.state.watches(), deliveries.count(),
				deliveries.time(), deliveries.last());
	}

	@Override
	public void close() {
		this.closed = true;
		this.state.close();
		this.thread.interrupt();
		if (Thread.currentThread() != this.thread) {
			try {
				this.thread.join(CLOSE_TIMEOUT.toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private void run() {
		while (!this.closed) {
			this.state.begin();
			try {
				try {
					beginExtensions();
					retryDelivery();
					if (this.state.isAccessRefused() && !this.listNeeded) {
						requireList(!this.ranges.canResume());
					}
					if (this.listNeeded) {
						list();
					}
					watch();
				}
				catch (EtcdRequestException ex) {
					recover(ex);
				}
				catch (RuntimeException ex) {
					recover(EtcdRequestException.of(ex));
				}
				catch (Error ex) {
					// out of memory, perhaps in the middle of a change
					this.listNeeded = true;
					recover(EtcdRequestException.of(ex));
				}
			}
			catch (InterruptedException ex) {
				// closed, or interrupted by a listener, which must not end the mirror
			}
			catch (RuntimeException | Error ex) {
				// out of memory while handling the failure, which must not end the mirror
				LockSupport.parkNanos(MIN_PAUSE.toNanos());
			}
		}
	}

	private void requireList(boolean lost) {
		this.listNeeded |= lost;
		this.resync |= lost;
	}

	private void beginExtensions() {
		this.wakeUps.drainPermits();
		List<KeyRange> next = this.extensions.begin();
		if (next != null) {
			this.ranges.change(next);
			this.listNeeded = true;
		}
	}

	private void list() throws EtcdRequestException, InterruptedException {
		boolean first = this.ranges.snapshot().revision() == 0;
		Set<ByteSequence> found = this.ranges.list(this.delivery.changed());
		this.lists.increment();
		if (this.resync && !first) {
			this.resyncs.increment();
		}
		boolean extended = this.extensions.read();
		publish();
		if (extended || this.listed.getCount() > 0) {
			this.delivery.require();
		}
		this.listNeeded = false;
		this.resync = false;
		deliver(found);
	}

	/**
	 * Apply events until the stream ends. Returns only if the ranges to watch change; any
	 * other end of the stream is an exception.
	 */
	private void watch() throws EtcdRequestException, InterruptedException {
		List<KeyRange> followed = this.ranges.permitted();
		long from = this.ranges.snapshot().revision() + 1;
		try (WatchStream open = WatchStream.openShared(this.connection, followed, from)) {
			this.stream = open;
			List<WatchEvent> first = open.awaitOpen(this.connection.requestTimeout());
			this.listener.opening();
			// checked only now, as the store may be replaced until the stream is open
			if (!this.ranges.canResume()) {
				throw EtcdRequestException.historyLost();
			}
			publish();
			this.state.opened(from);
			this.listener.opened(this.ranges.storeRevision());
			deliver(first, open.arrived());
			MissedEvents missedEvents = new MissedEvents();
			JitteredTimer reconciliation = new JitteredTimer(reconcileInterval());
			JitteredTimer permission = new JitteredTimer(this.intervals.permissionRetry());
			while (!this.closed && !this.extensions.areRequested() && followed.equals(this.ranges.permitted())) {
				boolean incomplete = !this.ranges.forbidden().isEmpty();
				this.ranges.pauseAfterRead();
				long work = Math.min(this.delivery.nanosUntilRetry(),
						(incomplete) ? permission.nanosUntilDue() : Long.MAX_VALUE);
				List<WatchEvent> events = open.await(this.intervals.idleTime(), this.intervals.progressTimeout(),
						Math.min(work, missedEvents.nanosUntilDue()));
				missedEvents.delivered(events);
				deliver(events, open.arrived());
				reportMissed(missedEvents.missed());
				if (reconciliation.isDue()) {
					reconciliation.restart(reconcileInterval());
					reconcile(missedEvents);
				}
				if (!this.ranges.forbidden().isEmpty() && permission.isDue()) {
					permission.restart(this.intervals.permissionRetry());
					this.listNeeded |= this.ranges.includePermitted();
				}
			}
		}
		finally {
			this.stream = null;
		}
	}

	private Duration reconcileInterval() {
		return this.intervals.reconciliation(this.ranges.snapshot().entries().size());
	}

	/**
	 * List while the watch is open. Changes that both report are applied once. A failed
	 * list does not end a working watch.
	 */
	private void reconcile(MissedEvents missedEvents) throws EtcdRequestException, InterruptedException {
		Set<ByteSequence> found;
		try {
			found = this.ranges.list(this.delivery.changed());
		}
		catch (EtcdRequestException ex) {
			if (ex.requiresIntervention()) {
				throw ex;
			}
			logger.debug("Failed to reconcile etcd keys " + keys(), ex);
			return;
		}
		publish();
		missedEvents.suspect(found, this.intervals.progressTimeout().toNanos());
		deliver(found);
	}

	private void reportMissed(int keys) {
		if (keys > 0) {
			this.missed.add(keys);
			logger.warn("The watch of etcd keys " + keys() + " missed changes of " + keys
					+ " keys, which the periodic reconciliation has found and applied");
		}
	}

	private void deliver(List<WatchEvent> events, long arrived) throws EtcdRequestException, InterruptedException {
		this.listener.arrived(events);
		if (this.ranges.apply(events, this.delivery.changed())) {
			publish();
			deliver();
		}
		if (!events.isEmpty()) {
			this.delivery.delivered(arrived);
		}
		else {
			retryDelivery();
		}
	}

	private void deliver(Set<ByteSequence> found) {
		deliver();
		if (found.isEmpty()) {
			this.listener.unchanged(this.ranges.snapshot());
		}
	}

	private void retryDelivery() {
		if (this.delivery.nanosUntilRetry() == 0) {
			deliver();
		}
	}

	/**
	 * Publish the figures of the copy, and notify the listener if the forbidden ranges
	 * have changed.
	 */
	private void publish() {
		List<KeyRange> before = this.summary.forbidden();
		List<KeyRange> forbidden = this.ranges.forbidden();
		this.summary = summary(forbidden);
		if (!forbidden.equals(before)) {
			this.state.excluded(texts(forbidden), this.ranges.holdsForbidden());
			this.listener.forbidden(forbidden);
		}
	}

	private Summary summary(List<KeyRange> forbidden) {
		Snapshot now = this.ranges.snapshot();
		return new Summary(now.revision(), now.entries().size(), this.ranges.all(), forbidden);
	}

	private void deliver() {
		Throwable thrown = this.delivery.deliver(this.ranges.snapshot());
		if (this.closed) {
			return;
		}
		this.state.delivered(thrown);
		if (thrown == null) {
			this.listed.countDown();
			this.extensions.delivered();
		}
	}

	/**
	 * Record the end of an attempt and back off before the next.
	 */
	private void recover(EtcdRequestException failure) throws InterruptedException {
		if (this.closed || (failure.reason() == Reason.PERMISSION_DENIED && this.ranges.excludeForbidden())) {
			return;
		}
		retryDelivery();
		requireList(MirrorState.isLost(failure));
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(this.state.failed(failure));
		for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
			if (this.wakeUps.tryAcquire(Math.min(left, this.delivery.nanosUntilRetry()), TimeUnit.NANOSECONDS)) {
				return;
			}
			retryDelivery();
		}
	}

	private String keys() {
		return String.join(", ", texts(this.summary.ranges()));
	}

	private static List<String> texts(List<KeyRange> ranges) {
		return ranges.stream().map(KeyRange::toString).toList();
	}

	/**
	 * Figures of the copy, for other threads.
	 *
	 * @param revision the revision
	 * @param entries the number of entries
	 * @param ranges the ranges, none of them within another
	 * @param forbidden the ranges that the user may not read
	 */
	private record Summary(long revision, int entries, List<KeyRange> ranges, List<KeyRange> forbidden) {

	}

}
