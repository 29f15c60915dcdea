package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A copy of ranges of keys, kept by listing them once and watching them from the next
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

	private static final Intervals INTERVALS = new Intervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5));

	/** Longest pause between two reads of all ranges. */
	private static final Duration MOST_REST = Duration.ofMillis(500);

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

	private final Queue<Extension> extensions = new ConcurrentLinkedQueue<>();

	private final Semaphore wakeUps = new Semaphore(0);

	private final ChangeDelivery delivery;

	private final LocalCopy copy = new LocalCopy();

	private volatile Summary summary;

	private volatile @Nullable WatchStream stream;

	private volatile boolean closed;

	private RangeReader reader;

	/** Extensions that have been begun, to be announced once the listener knows. */
	private final List<Extension> begun = new ArrayList<>();

	private List<KeyRange> reportedForbidden = List.of();

	private boolean listNeeded = true;

	/** Whether the list is needed because history was lost. */
	private boolean resync;

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
		this.reader = reader;
		this.summary = new Summary(0, 0, reader.ranges(), List.of());
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
			this.copy.begin(known);
			this.listNeeded = false;
			summarize();
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
		this.reader.leaveOut(forbidden);
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
		Extension extension = new Extension(ranges, begin, new CountDownLatch(1));
		this.extensions.add(extension);
		WatchStream open = this.stream;
		if (open != null) {
			open.wakeUp();
		}
		this.wakeUps.release();
		// a listener would wait for itself
		return Thread.currentThread() != this.thread
				&& extension.told().await(timeout.toMillis(), TimeUnit.MILLISECONDS);
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
	 * What there is to tell about it.
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
						needList(!this.reader.confirms(this.copy.snapshot()));
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
		for (Extension next = this.extensions.poll(); next != null; next = this.extensions.poll()) {
			this.reader = new RangeReader(this.connection, next.ranges());
			this.begun.add(next);
			this.listNeeded = true;
		}
	}

	private void list() throws EtcdRequestException, InterruptedException {
		Snapshot read = this.reader.list();
		this.lists.increment();
		if (this.resync && this.copy.snapshot().revision() > 0) {
			this.resyncs.increment();
		}
		this.begun.forEach((extension) -> extension.begin().run());
		replace(read);
		if (this.listed.getCount() > 0 || !this.begun.isEmpty()) {
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
		List<KeyRange> ranges = this.reader.permitted();
		try (WatchStream open = WatchStream.open(this.connection.client(), ranges,
				this.copy.snapshot().revision() + 1)) {
			this.stream = open;
			List<WatchEvent> said = open.awaitOpen(this.connection.requestTimeout());
			// asked only now, as the store may have been replaced until the stream was
			// open
			if (!this.reader.confirms(this.copy.snapshot())) {
				throw EtcdRequestException.otherHistory();
			}
			reportForbidden();
			this.state.opened(this.copy.snapshot().revision() + 1);
			deliver(said, open.arrived());
			MissedEvents reconciled = new MissedEvents(ranges.size() > 1);
			long reconcileAt = nextReconciliation();
			long permissionAt = nextPermission();
			while (!this.closed && this.extensions.isEmpty() && ranges.equals(this.reader.permitted())) {
				List<WatchEvent> events = open.await(this.intervals.silence(), this.intervals.answer(),
						Math.min(nanosUntilWork(permissionAt), reconciled.nanosUntilDue()));
				reconciled.delivered(events);
				deliver(events, open.arrived());
				noteMissed(reconciled.missed());
				if (System.nanoTime() - reconcileAt > 0) {
					reconcileAt = nextReconciliation();
					reconcile(reconciled);
				}
				if (!this.reader.forbidden().isEmpty() && System.nanoTime() - permissionAt > 0) {
					permissionAt = nextPermission();
					this.listNeeded |= isPermissionGranted();
				}
			}
		}
		finally {
			this.stream = null;
		}
	}

	private long nanosUntilWork(long permissionAt) {
		long retry = this.delivery.nanosUntilRetry();
		boolean forbidden = !this.reader.forbidden().isEmpty();
		return (forbidden) ? Math.min(retry, Math.max(0, permissionAt - System.nanoTime())) : retry;
	}

	private long nextReconciliation() {
		Duration interval = this.intervals.reconcile(this.copy.snapshot().entries().size());
		return System.nanoTime() + MirrorState.jitter(interval).toNanos();
	}

	private long nextPermission() {
		return System.nanoTime() + MirrorState.jitter(this.intervals.permission()).toNanos();
	}

	/**
	 * List while the watch goes on: what both of them tell is ignored the second time. A
	 * watch that delivers is no worse for a list that fails.
	 */
	private void reconcile(MissedEvents reconciled) throws EtcdRequestException, InterruptedException {
		long before = this.copy.snapshot().revision();
		Set<ByteSequence> found;
		try {
			found = replace(this.reader.list());
		}
		catch (EtcdRequestException ex) {
			if (ex.isForOperator()) {
				throw ex;
			}
			logger.debug("The etcd keys " + keys() + " could not be reconciled", ex);
			return;
		}
		reconciled.suspect(found, before, this.copy.snapshot().revision(), this.intervals.answer().toNanos());
		deliver();
	}

	private void noteMissed(int keys) {
		if (keys > 0) {
			this.missed.add(keys);
			logger.warn("The watch of the etcd keys " + keys() + " did not deliver changes of " + keys
					+ " keys, which a reconciling list has found");
		}
	}

	/**
	 * Ask for all ranges that may not be read. Asked again at the next interval if etcd
	 * does not answer.
	 */
	private boolean isPermissionGranted() throws InterruptedException {
		try {
			return this.reader.takeUpPermitted();
		}
		catch (EtcdRequestException ex) {
			return false;
		}
	}

	private void deliver(List<WatchEvent> events, long arrived) throws EtcdRequestException, InterruptedException {
		this.listener.arrived(events);
		apply(events);
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

	private void apply(List<WatchEvent> events) throws EtcdRequestException, InterruptedException {
		if (!this.copy.snapshot().isBehind(events)) {
			return;
		}
		if (this.reader.permitted().size() > 1) {
			// a transaction may have changed other ranges, of which their watches tell
			// later
			readAll();
			if (this.copy.snapshot().isBehind(events)) {
				throw EtcdRequestException.otherHistory();
			}
		}
		else {
			this.copy.apply(events, this.delivery.changed());
			summarize();
		}
		deliver();
	}

	/**
	 * Read all ranges, and then nothing for as long as that took: changes that never end
	 * cost etcd no more than half of the time. The listener works meanwhile.
	 */
	private void readAll() throws EtcdRequestException, InterruptedException {
		TimeUnit.NANOSECONDS.sleep(this.restUntil - System.nanoTime());
		long before = System.nanoTime();
		PutEntries put = this.reader.putAfter(this.copy.snapshot().revision());
		boolean complete = put != null && this.copy.put(put, this.delivery.changed());
		Snapshot read = (complete) ? null : this.reader.list();
		long after = System.nanoTime();
		this.restUntil = after + Math.min(after - before, MOST_REST.toNanos());
		if (read != null) {
			replace(read);
		}
		else {
			summarize();
		}
	}

	/**
	 * Replace all that could be read.
	 * @return the keys that differ
	 */
	private Set<ByteSequence> replace(Snapshot read) {
		Set<ByteSequence> found = this.copy.replace(read, this.reader::isLeftOut, this.delivery.changed());
		summarize();
		reportForbidden();
		return found;
	}

	private void summarize() {
		Snapshot now = this.copy.snapshot();
		this.summary = new Summary(now.revision(), now.entries().size(), this.reader.ranges(), this.reportedForbidden);
	}

	private void reportForbidden() {
		List<KeyRange> forbidden = this.reader.forbidden();
		if (forbidden.equals(this.reportedForbidden)) {
			return;
		}
		this.reportedForbidden = forbidden;
		boolean outdated = this.copy.snapshot().entries().keySet().stream().anyMatch(this.reader::isLeftOut);
		EtcdProblem problem = (forbidden.isEmpty()) ? null
				: new EtcdProblem("permission denied for " + texts(forbidden) + ". Grant the user a role for the prefix"
						+ " with 'etcdctl role grant-permission <role> --prefix=true read <prefix>'", true);
		summarize();
		this.state.leftOut(problem, outdated);
		this.listener.forbidden(forbidden);
	}

	private void deliver() {
		Throwable thrown = this.delivery.deliver(this.copy.snapshot());
		if (this.closed) {
			return;
		}
		this.state.delivered(thrown);
		if (thrown == null) {
			this.listed.countDown();
			this.begun.forEach((extension) -> extension.told().countDown());
			this.begun.clear();
		}
	}

	/**
	 * Note the end of an attempt and wait before the next.
	 */
	private void recover(EtcdRequestException failure) throws InterruptedException {
		if (this.closed || (failure.reason() == Reason.PERMISSION_DENIED && isRestPermitted())) {
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

	private boolean isRestPermitted() throws InterruptedException {
		try {
			return this.reader.leaveOutForbidden();
		}
		catch (EtcdRequestException ex) {
			// asked again at the next attempt
			return false;
		}
	}

	private String keys() {
		return String.join(", ", texts(this.summary.ranges()));
	}

	private static List<String> texts(List<KeyRange> ranges) {
		return ranges.stream().map(KeyRange::toString).toList();
	}

	/**
	 * Intervals at which a mirror checks its watch.
	 *
	 * @param silence after which the server is asked for its progress
	 * @param answer how long that may take
	 * @param reconcile how often a thousand keys are listed to be on the safe side, give
	 * or take a fifth
	 * @param permission how often ranges that may not be read are tried again, give or
	 * take a fifth. A constant, as a refused read is cheap and an operator waits for it
	 */
	record Intervals(Duration silence, Duration answer, Duration reconcile, Duration permission) {

		private static final int MANY = 1000;

		/**
		 * How often so many keys are listed. Where each of many applications lists what
		 * all of them have put, the cost would otherwise grow with the square of their
		 * number.
		 * @param entries how many there are
		 * @return the interval, for each thousand of them where there are more
		 */
		Duration reconcile(int entries) {
			return this.reconcile.multipliedBy(Math.max(1, entries / MANY));
		}

	}

	/**
	 * What other threads may read of the copy.
	 *
	 * @param revision the revision
	 * @param entries the number of entries
	 * @param ranges the ranges, none of them within another
	 * @param forbidden the ranges that may not be read
	 */
	private record Summary(long revision, int entries, List<KeyRange> ranges, List<KeyRange> forbidden) {

	}

	/**
	 * Other ranges to mirror.
	 *
	 * @param ranges all ranges
	 * @param begin run before the listener is told
	 * @param told released after the listener has been told
	 */
	private record Extension(List<KeyRange> ranges, Runnable begin, CountDownLatch told) {

	}

}
