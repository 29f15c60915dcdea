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
import io.github.etcdspring.mirror.Extensions.Extension;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a copy of ranges of keys by listing them once and watching them from the next
 * revision on. Whatever happens to the connection, to etcd or to the permissions of the
 * user, the last known state stays until there is a better one.
 * <p>
 * One range is kept up to date with the events of its watch. Several have a watch each
 * that merely says that something happened: what was put in any of them since is then
 * read in one transaction, or all of them if keys were deleted, so that each snapshot is
 * what etcd held at one revision. Ranges that may not be read are left out, keep what was
 * known last, and are taken up when the permission is granted.
 * <p>
 * One daemon thread does all the work, owns the copy and calls the listener; any thread
 * may read {@link #revision()}, {@link #status()} and {@link #report()}.
 */
public final class Mirror implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final String name;

	private final MirrorListener listener;

	private final Intervals intervals;

	private final MirrorState state;

	private final Thread thread;

	private final CountDownLatch listed = new CountDownLatch(1);

	private final LongAdder lists = new LongAdder();

	private final LongAdder resyncs = new LongAdder();

	private final LongAdder missed = new LongAdder();

	private final Extensions extensions = new Extensions();

	private final Semaphore wakeUps = new Semaphore(0);

	private final ChangeDelivery delivery;

	private final MirroredRanges ranges;

	private volatile Summary summary;

	private volatile @Nullable WatchStream stream;

	private volatile boolean closed;

	private boolean listNeeded = true;

	/** Whether the list is needed because history was lost. */
	private boolean resync;

	/**
	 * Create a mirror that does nothing until it is started.
	 * @param connection the connection to etcd
	 * @param ranges what to mirror
	 * @param name what the ranges hold, for the name of the thread
	 * @param listener told about each change
	 */
	public Mirror(EtcdConnection connection, List<KeyRange> ranges, String name, MirrorListener listener) {
		this(connection, new RangeReader(connection, ranges), name, listener, Intervals.DEFAULT, true);
	}

	Mirror(EtcdConnection connection, RangeReader reader, String name, MirrorListener listener, Intervals intervals,
			boolean talkative) {
		this.connection = connection;
		this.name = name;
		this.ranges = new MirroredRanges(connection, reader);
		this.summary = summary(List.of());
		this.state = new MirrorState(connection, keys(), talkative);
		this.listener = listener;
		this.delivery = new ChangeDelivery(listener);
		this.intervals = intervals;
		this.thread = new Thread(this::run, "etcd-mirror-" + name);
		this.thread.setDaemon(true);
	}

	/**
	 * Create a mirror that does not log outages; the caller reports them.
	 * @param connection the connection to etcd
	 * @param ranges what to mirror
	 * @param name what the ranges hold, for the name of the thread
	 * @param listener told about each change
	 * @return a mirror that does nothing until it is started
	 */
	public static Mirror quiet(EtcdConnection connection, List<KeyRange> ranges, String name, MirrorListener listener) {
		return new Mirror(connection, new RangeReader(connection, ranges), name, listener, Intervals.DEFAULT, false);
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
			this.ranges.begin(known);
			this.summary = summary(List.of());
			this.listNeeded = false;
			this.listed.countDown();
		}
		start();
	}

	/**
	 * Begin as {@link #start(Snapshot)} does, and without the ranges that were refused
	 * then: a refused watch costs etcd the check of a password.
	 * @param known what the other ranges held
	 * @param forbidden ranges that could not be read
	 */
	public void start(Snapshot known, List<KeyRange> forbidden) {
		this.ranges.leaveOut(forbidden);
		start(known);
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
	 * Mirror other ranges from now on, and wait until the listener has been told what
	 * they hold. What is held of ranges that are not new stays if they may not be read.
	 * @param ranges all ranges to mirror
	 * @param begin run on the thread of the mirror before the listener is told
	 * @param timeout how long to wait
	 * @return whether the listener has been told; if not, that happens later
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean extend(List<KeyRange> ranges, Runnable begin, Duration timeout) throws InterruptedException {
		Extension extension = this.extensions.request(ranges, begin);
		WatchStream open = this.stream;
		if (open != null) {
			open.wakeUp();
		}
		this.wakeUps.release();
		// a listener would wait for itself
		return Thread.currentThread() != this.thread && extension.awaitTold(timeout);
	}

	/**
	 * Revision of etcd that the mirror is a copy of.
	 * @return the revision, 0 before the first list
	 */
	public long revision() {
		return this.summary.revision();
	}

	/**
	 * How far the copy can be trusted.
	 * @return the status
	 */
	public MirrorStatus status() {
		return this.state.status();
	}

	/**
	 * How often the ranges had to be listed: once, and once more for each time that the
	 * history of the store was compacted, wiped or restored, or that other ranges could
	 * be read.
	 * @return the number of lists so far
	 */
	public long lists() {
		return this.lists.sum();
	}

	/**
	 * Return its figures.
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
				this.thread.join(CLOSE.toMillis());
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
					if (this.state.isRefused() && !this.listNeeded) {
						needList(!this.ranges.areConfirmed());
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
					// no memory, perhaps in the middle of a change
					this.listNeeded = true;
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

	private void needList(boolean lost) {
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
		this.ranges.list(this.delivery.changed());
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
		deliver();
	}

	/**
	 * Apply what the server sends until the stream ends, which is by exception unless
	 * other ranges are to be watched.
	 */
	private void watch() throws EtcdRequestException, InterruptedException {
		List<KeyRange> followed = this.ranges.permitted();
		long from = this.ranges.snapshot().revision() + 1;
		try (WatchStream open = WatchStream.open(this.connection.client(), followed, from)) {
			this.stream = open;
			List<WatchEvent> said = open.awaitOpen(this.connection.requestTimeout());
			// asked only now, as the store may have been replaced until the stream was
			// open
			if (!this.ranges.areConfirmed()) {
				throw EtcdRequestException.historyLost();
			}
			publish();
			this.state.opened(from);
			deliver(said, open.arrived());
			MissedEvents missedEvents = new MissedEvents(followed.size() > 1);
			JitteredTimer reconciliation = new JitteredTimer(reconcileInterval());
			JitteredTimer permission = new JitteredTimer(this.intervals.permission());
			while (!this.closed && !this.extensions.areRequested() && followed.equals(this.ranges.permitted())) {
				boolean incomplete = !this.ranges.forbidden().isEmpty();
				long work = Math.min(this.delivery.nanosUntilRetry(),
						(incomplete) ? permission.nanosUntilDue() : Long.MAX_VALUE);
				List<WatchEvent> events = open.await(this.intervals.silence(), this.intervals.answer(),
						Math.min(work, missedEvents.nanosUntilDue()));
				missedEvents.delivered(events);
				deliver(events, open.arrived());
				noteMissed(missedEvents.missed());
				if (reconciliation.isDue()) {
					reconciliation.restart(reconcileInterval());
					reconcile(missedEvents);
				}
				if (!this.ranges.forbidden().isEmpty() && permission.isDue()) {
					permission.restart(this.intervals.permission());
					this.listNeeded |= this.ranges.takeUpPermitted();
				}
			}
		}
		finally {
			this.stream = null;
		}
	}

	private Duration reconcileInterval() {
		return this.intervals.reconcile(this.ranges.snapshot().entries().size());
	}

	/**
	 * List while the watch goes on: what both of them tell is ignored the second time. A
	 * watch that delivers is no worse for a list that fails.
	 */
	private void reconcile(MissedEvents missedEvents) throws EtcdRequestException, InterruptedException {
		long before = this.ranges.snapshot().revision();
		Set<ByteSequence> found;
		try {
			found = this.ranges.list(this.delivery.changed());
		}
		catch (EtcdRequestException ex) {
			if (ex.requiresIntervention()) {
				throw ex;
			}
			logger.debug("The etcd keys " + keys() + " could not be reconciled", ex);
			return;
		}
		publish();
		missedEvents.suspect(found, before, this.ranges.snapshot().revision(), this.intervals.answer().toNanos());
		deliver();
	}

	private void noteMissed(int keys) {
		if (keys > 0) {
			this.missed.add(keys);
			logger.warn("The watch of the etcd keys " + keys() + " did not deliver changes of " + keys
					+ " keys, which a reconciling list has found");
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

	private void retryDelivery() {
		if (this.delivery.nanosUntilRetry() == 0) {
			deliver();
		}
	}

	/**
	 * Publish the figures of the copy, and tell the listener which ranges may not be read
	 * if these have changed.
	 */
	private void publish() {
		List<KeyRange> before = this.summary.forbidden();
		List<KeyRange> forbidden = this.ranges.forbidden();
		this.summary = summary(forbidden);
		if (!forbidden.equals(before)) {
			this.state.leftOut(texts(forbidden), this.ranges.isForbiddenHeld());
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
			this.extensions.told();
		}
	}

	/**
	 * Note the end of an attempt and wait before the next.
	 */
	private void recover(EtcdRequestException failure) throws InterruptedException {
		if (this.closed || (failure.reason() == Reason.PERMISSION_DENIED && this.ranges.leaveOutForbidden())) {
			return;
		}
		retryDelivery();
		needList(MirrorState.isLost(failure));
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
	 * @param forbidden the ranges that may not be read
	 */
	private record Summary(long revision, int entries, List<KeyRange> ranges, List<KeyRange> forbidden) {

	}

}
