package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * A copy of a range of keys, kept by listing it once and watching it from the next
 * revision on. Whatever happens to the connection or to etcd, the last snapshot stays
 * until there is a better one.
 * <p>
 * One daemon thread does all the work and calls the listener; any thread may read
 * {@link #snapshot()} and {@link #status()}.
 */
public final class Mirror implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	private static final Intervals INTERVALS = new Intervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10));

	/** A watch that lasted is not blamed for what happens next. */
	private static final Duration LASTING = Duration.ofSeconds(10);

	/** After so many watches that did not last there is something to explain. */
	private static final int MOST_BRIEF = 3;

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final KeyRange range;

	private final MirrorListener listener;

	private final RangeReader reader;

	private final Thread thread;

	private final CountDownLatch listed = new CountDownLatch(1);

	private final LongAdder lists = new LongAdder();

	private final Intervals intervals;

	private final boolean talkative;

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile MirrorStatus status = new MirrorStatus(false, Instant.now(), null);

	private volatile boolean closed;

	private BackOffExecution backOff = newBackOff();

	private boolean listNeeded = true;

	private boolean tokenRefused;

	/** When the watch was opened, {@code null} if the current attempt has none yet. */
	private @Nullable Long openedAt;

	/** What has been explained and logged since a watch lasted. */
	private final Map<Reason, EtcdProblem> explained = new EnumMap<>(Reason.class);

	private int brief;

	private boolean announce;

	/**
	 * Create a mirror that does nothing until it is started.
	 * @param connection the connection to etcd
	 * @param range what to mirror
	 * @param name what the range holds, for the name of the thread
	 * @param listener told about each change
	 */
	public Mirror(EtcdConnection connection, KeyRange range, String name, MirrorListener listener) {
		this(connection, range, name, listener, INTERVALS, true);
	}

	Mirror(EtcdConnection connection, KeyRange range, String name, MirrorListener listener, Intervals intervals,
			boolean talkative) {
		this.connection = connection;
		this.range = range;
		this.reader = new RangeReader(connection, range);
		this.listener = listener;
		this.intervals = intervals;
		this.talkative = talkative;
		this.announce = talkative;
		this.thread = new Thread(this::run, "etcd-mirror-" + name);
		this.thread.setDaemon(true);
	}

	/**
	 * Create a mirror for somebody who says himself when etcd does not answer.
	 * @param connection the connection to etcd
	 * @param range what to mirror
	 * @param name what the range holds, for the name of the thread
	 * @param listener told about each change
	 * @return a mirror that does nothing until it is started
	 */
	public static Mirror quiet(EtcdConnection connection, KeyRange range, String name, MirrorListener listener) {
		return new Mirror(connection, range, name, listener, INTERVALS, false);
	}

	/**
	 * Begin to list and watch, in the background and for as long as it takes.
	 */
	public void start() {
		this.thread.start();
	}

	/**
	 * Wait until the range has been listed and the listener told.
	 * @param timeout how long to wait
	 * @return whether it has been listed
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
		return this.status;
	}

	/**
	 * How often the range had to be listed: once, and once more for each time that the
	 * history of the store was compacted, wiped or restored.
	 * @return the number of lists so far
	 */
	public long lists() {
		return this.lists.sum();
	}

	@Override
	public void close() {
		this.closed = true;
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
			long began = System.nanoTime();
			try {
				try {
					if (this.tokenRefused && !this.listNeeded) {
						// only a unary call makes jetcd fetch a new token
						this.listNeeded = !this.reader.confirms(this.snapshot);
					}
					if (this.listNeeded) {
						list();
					}
					watch();
				}
				catch (EtcdRequestException ex) {
					recover(ex, began);
				}
				catch (RuntimeException ex) {
					recover(EtcdRequestException.of(ex), began);
				}
			}
			catch (InterruptedException ex) {
				// closed, or a listener's mistake that must not end the mirror
			}
		}
	}

	private void list() throws EtcdRequestException, InterruptedException {
		Snapshot next = this.reader.list();
		this.lists.increment();
		this.listNeeded = false;
		update(next, next.changedSince(this.snapshot));
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
		this.openedAt = null;
		try (WatchStream stream = WatchStream.open(this.connection.client(), this.range,
				this.snapshot.revision() + 1)) {
			List<WatchEvent> said = stream.await(this.connection.requestTimeout());
			if (said == null) {
				throw EtcdRequestException.timeout("a watch could not be opened");
			}
			// asked only now, as the store may have been replaced until the stream was
			// open
			if (!this.reader.confirms(this.snapshot)) {
				throw EtcdRequestException.otherHistory();
			}
			opened();
			apply(said);
			long reconcileAt = System.nanoTime() + jitter(this.intervals.reconcile()).toNanos();
			boolean asked = false;
			while (!this.closed) {
				said = stream.await((asked) ? this.intervals.answer() : this.intervals.silence());
				if (said != null) {
					apply(said);
					asked = false;
				}
				else if (asked) {
					throw EtcdRequestException.timeout("a watch is open and silent");
				}
				else {
					stream.requestProgress();
					asked = true;
				}
				if (System.nanoTime() - reconcileAt > 0) {
					reconcileAt = System.nanoTime() + jitter(this.intervals.reconcile()).toNanos();
					reconcile();
				}
			}
		}
	}

	private void opened() {
		this.openedAt = System.nanoTime();
		this.tokenRefused = false;
		this.status = new MirrorStatus(true, Instant.now(), null);
		if (this.announce) {
			this.announce = false;
			logger.info("Following etcd keys " + this.range + " from revision " + (this.snapshot.revision() + 1));
		}
	}

	private void apply(List<WatchEvent> events) {
		if (!events.isEmpty()) {
			Snapshot next = this.snapshot.apply(events);
			update(next, this.snapshot.keysPutOrDeleted(events));
		}
	}

	private void update(Snapshot next, Set<ByteSequence> changed) {
		boolean first = this.listed.getCount() > 0;
		this.snapshot = next;
		if (first || !changed.isEmpty()) {
			try {
				this.listener.changed(next, changed);
			}
			catch (RuntimeException | Error ex) {
				// the next change may fare better, if there is still somebody to tell it
				logger.error("A change of the etcd keys " + this.range + " could not be passed on", ex);
			}
		}
	}

	/**
	 * Note the end of an attempt and wait before the next.
	 */
	private void recover(EtcdRequestException failure, long began) throws InterruptedException {
		if (this.closed) {
			return;
		}
		Long opened = this.openedAt;
		this.openedAt = null;
		if (opened != null && System.nanoTime() - opened > LASTING.toNanos()) {
			this.backOff = newBackOff();
			this.explained.clear();
			this.brief = 0;
		}
		// what was missed is gone, or does not fit into one message
		boolean lost = failure.reason() == Reason.REVISION_GONE || failure.reason() == Reason.TOO_LARGE;
		this.listNeeded |= lost;
		boolean renewToken = failure.reason() == Reason.UNAUTHENTICATED && !this.tokenRefused;
		this.tokenRefused = failure.reason() == Reason.UNAUTHENTICATED;
		boolean forOperator = failure.isForOperator() && !renewToken;
		boolean unopened = opened == null && !renewToken && !lost;
		note(failure, forOperator || unopened || this.brief++ >= MOST_BRIEF);
		long pause = (forOperator) ? jitter(Duration.ofSeconds(30)).toMillis() : this.backOff.nextBackOff();
		if (failure.reason() == Reason.TIMEOUT) {
			// that was pause enough
			pause -= TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
		}
		if (pause > 0) {
			Thread.sleep(pause);
		}
	}

	/**
	 * Most streams that end can be opened again at once; it is when they cannot that
	 * there is something to explain, which may mean to ask each endpoint.
	 */
	private void note(EtcdRequestException failure, boolean explain) {
		Reason kind = (failure.reason() != Reason.TIMEOUT) ? failure.reason() : Reason.UNAVAILABLE;
		stale(this.explained.getOrDefault(kind, new EtcdProblem(failure.getMessage(), false)));
		if (explain && !this.explained.containsKey(kind) && (this.talkative || failure.isForOperator())) {
			EtcdProblem problem = this.connection.explain(failure);
			if (!this.closed) {
				stale(problem);
				this.explained.put(kind, problem);
				this.announce = true;
				logger.warn("The etcd keys " + this.range + " cannot be followed, the last known state stays in use: "
						+ problem);
			}
		}
	}

	private void stale(EtcdProblem problem) {
		MirrorStatus before = this.status;
		this.status = new MirrorStatus(false, (before.synced()) ? Instant.now() : before.since(), problem);
	}

	private static Duration jitter(Duration duration) {
		return Duration.ofMillis((long) (duration.toMillis() * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
	}

	/**
	 * Without end, as giving up would leave the application blind until its restart.
	 */
	private static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(50, 2);
		backOff.setMaxInterval(2000);
		backOff.setJitter(25);
		return backOff.start();
	}

	/**
	 * How a mirror makes sure of its watch.
	 *
	 * @param silence after which the server is asked for a sign of life
	 * @param answer how long that may take
	 * @param reconcile how often the range is listed to be on the safe side, give or take
	 * a fifth
	 */
	record Intervals(Duration silence, Duration answer, Duration reconcile) {

	}

}
