package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.WatchStream.Signal;
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

	/**
	 * Silence after which the server is asked for a sign of life, and the time it has.
	 */
	private static final Duration SILENCE = Duration.ofSeconds(5);

	private static final Duration ANSWER = Duration.ofSeconds(3);

	/** How often a mirror makes sure that it is a true copy, give or take a fifth. */
	private static final Duration RECONCILE = Duration.ofMinutes(10);

	private static final int PAGE = 2000;

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final KeyRange range;

	private final MirrorListener listener;

	private final Thread thread;

	private final CountDownLatch listed = new CountDownLatch(1);

	private final LongAdder lists = new LongAdder();

	private volatile Snapshot snapshot = Snapshot.NONE;

	private volatile MirrorStatus status = new MirrorStatus(false, Instant.now(), null);

	private volatile boolean closed;

	private BackOffExecution backOff = newBackOff();

	private int page = PAGE;

	private boolean listNeeded = true;

	private boolean opened;

	private @Nullable Reason problemKind;

	/**
	 * Create a mirror that does nothing until it is started.
	 * @param connection the connection to etcd
	 * @param range what to mirror
	 * @param name what the range holds, for the name of the thread
	 * @param listener told about each change
	 */
	public Mirror(EtcdConnection connection, KeyRange range, String name, MirrorListener listener) {
		this.connection = connection;
		this.range = range;
		this.listener = listener;
		this.thread = new Thread(this::run, "etcd-mirror-" + name);
		this.thread.setDaemon(true);
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
			try {
				if (this.listNeeded || !isTrue()) {
					list();
				}
				watch();
			}
			catch (InterruptedException ex) {
				return;
			}
			catch (EtcdRequestException ex) {
				if (!recover(ex)) {
					return;
				}
			}
			catch (RuntimeException ex) {
				if (!recover(EtcdRequestException.of(ex))) {
					return;
				}
			}
		}
	}

	/**
	 * Make sure that the server still has the history that led to the snapshot: the same
	 * number of keys at that revision, and the same newest one. After a compaction, or in
	 * a store that was wiped or restored, it does not.
	 */
	private boolean isTrue() throws EtcdRequestException, InterruptedException {
		Snapshot held = this.snapshot;
		List<Op> reads = new ArrayList<>();
		reads.add(Op.get(this.range.start(),
				this.range.getOption().withRevision(held.revision()).withCountOnly(true).build()));
		Optional<KeyValue> newest = held.newest();
		newest.ifPresent((keyValue) -> reads
			.add(Op.get(keyValue.getKey(), GetOption.builder().withRevision(held.revision()).build())));
		try {
			TxnResponse answer = this.connection.call(() -> kv().txn().Then(reads.toArray(Op[]::new)).commit());
			List<GetResponse> found = answer.getGetResponses();
			return found.get(0).getCount() == held.entries().size() && (newest.isEmpty()
					|| (found.get(1).getCount() == 1 && Snapshot.isSame(found.get(1).getKvs().get(0), newest.get())));
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return false;
			}
			throw ex;
		}
	}

	/** Read the range page by page, all pages at the revision of the first. */
	private void list() throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = new ArrayList<>();
		ByteSequence from = this.range.start();
		long revision = 0;
		boolean more = true;
		while (more) {
			GetOption option = this.range.getOption().withLimit(this.page).withRevision(revision).build();
			ByteSequence start = from;
			GetResponse response = this.connection.call(() -> kv().get(start, option));
			revision = (revision == 0) ? response.getHeader().getRevision() : revision;
			found.addAll(response.getKvs());
			more = response.isMore();
			if (more) {
				byte[] last = found.get(found.size() - 1).getKey().getBytes();
				from = ByteSequence.from(Arrays.copyOf(last, last.length + 1));
			}
		}
		this.lists.increment();
		this.listNeeded = false;
		Snapshot next = Snapshot.of(revision, found);
		update(next, next.changedSince(this.snapshot));
		this.listed.countDown();
	}

	/**
	 * Apply what the server sends until the stream ends, which is always by exception.
	 */
	private void watch() throws EtcdRequestException, InterruptedException {
		long reconcileAt = System.nanoTime() + jitter(RECONCILE).toNanos();
		this.opened = false;
		try (WatchStream stream = WatchStream.open(this.connection.client(), this.range,
				this.snapshot.revision() + 1)) {
			Duration patience = this.connection.requestTimeout();
			boolean asked = true;
			while (true) {
				List<Signal> said = stream.await(patience);
				if (!said.isEmpty()) {
					apply(said);
					patience = SILENCE;
					asked = false;
				}
				else if (asked) {
					throw EtcdRequestException.timeout("a watch is open and silent");
				}
				else {
					stream.requestProgress();
					patience = ANSWER;
					asked = true;
				}
				if (System.nanoTime() - reconcileAt > 0) {
					reconcileAt = System.nanoTime() + jitter(RECONCILE).toNanos();
					reconcile();
				}
			}
		}
	}

	private void reconcile() throws EtcdRequestException, InterruptedException {
		if (!isTrue()) {
			list();
		}
	}

	private void apply(List<Signal> said) throws EtcdRequestException {
		List<WatchEvent> events = new ArrayList<>();
		Throwable failure = null;
		for (Signal signal : said) {
			events.addAll(signal.events());
			failure = (failure != null) ? failure : signal.failure();
		}
		if (!events.isEmpty()) {
			Snapshot next = this.snapshot.apply(events);
			update(next, this.snapshot.keysPutOrDeleted(events));
		}
		if (failure != null) {
			throw EtcdRequestException.of(failure);
		}
		if (!this.opened) {
			this.opened = true;
			this.backOff = newBackOff();
			if (!this.status.synced()) {
				this.status = new MirrorStatus(true, Instant.now(), null);
				logger.info("Following etcd keys " + this.range + " from revision " + (this.snapshot.revision() + 1));
			}
		}
	}

	private void update(Snapshot next, Set<ByteSequence> changed) {
		boolean first = this.listed.getCount() > 0;
		this.snapshot = next;
		if (first || !changed.isEmpty()) {
			try {
				this.listener.changed(next, changed);
			}
			catch (RuntimeException ex) {
				logger.error("A change of the etcd keys " + this.range + " could not be passed on", ex);
			}
		}
	}

	/**
	 * Note the end of an attempt and wait before the next.
	 * @return whether there is to be a next attempt
	 */
	private boolean recover(EtcdRequestException failure) {
		if (this.closed) {
			return false;
		}
		if (failure.reason() == Reason.TOO_LARGE) {
			// what was missed does not fit into one message: list it, in smaller pages
			this.listNeeded = true;
			this.page = Math.max(1, this.page / 2);
		}
		if (failure.reason() != Reason.REVISION_GONE) {
			Reason kind = (failure.reason() != Reason.TIMEOUT) ? failure.reason() : Reason.UNAVAILABLE;
			EtcdProblem problem = this.status.problem();
			if (problem == null || kind != this.problemKind) {
				problem = this.connection.explain(failure);
				this.problemKind = kind;
				logger.warn("The etcd keys " + this.range + " cannot be followed, the last known state stays in use: "
						+ problem);
			}
			this.status = new MirrorStatus(false, (this.status.synced()) ? Instant.now() : this.status.since(),
					problem);
		}
		try {
			Thread.sleep(
					(failure.isForOperator()) ? jitter(Duration.ofSeconds(30)).toMillis() : this.backOff.nextBackOff());
			return true;
		}
		catch (InterruptedException ex) {
			return false;
		}
	}

	private KV kv() {
		return this.connection.client().getKVClient();
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

}
