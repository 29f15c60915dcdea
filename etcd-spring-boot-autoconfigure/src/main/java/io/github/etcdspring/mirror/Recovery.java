package io.github.etcdspring.mirror;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

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
 * What a mirror makes of its attempts to follow etcd: how far it can be trusted, what the
 * log is told, and how long to wait before the next. All of it belongs to the thread of
 * the mirror; any thread may read {@link #status()}.
 */
final class Recovery {

	private static final Log logger = LogFactory.getLog(Recovery.class);

	/** A watch that lasted is not blamed for what happens next. */
	private static final Duration LASTING = Duration.ofSeconds(10);

	/** After so many watches that did not last there is something to explain. */
	private static final int MOST_BRIEF = 3;

	private final EtcdConnection connection;

	private final String keys;

	private final boolean talkative;

	private volatile MirrorStatus status = new MirrorStatus(false, Instant.now(), null);

	private final LongAdder watches = new LongAdder();

	private volatile boolean closed;

	private BackOffExecution backOff = newBackOff();

	private long began;

	/** When the watch was opened, {@code null} if the current attempt has none yet. */
	private @Nullable Long openedAt;

	private boolean tokenRefused;

	private boolean forbidden;

	/** What has been explained and logged since a watch lasted. */
	private final Map<Reason, EtcdProblem> explained = new EnumMap<>(Reason.class);

	private int brief;

	private boolean announce;

	/**
	 * Create the record of a mirror.
	 * @param connection explains failures
	 * @param keys what the log calls the keys that are mirrored
	 * @param talkative whether to log also what is not for the operator
	 */
	Recovery(EtcdConnection connection, String keys, boolean talkative) {
		this.connection = connection;
		this.keys = keys;
		this.talkative = talkative;
		this.announce = talkative;
	}

	MirrorStatus status() {
		return this.status;
	}

	/**
	 * How often a watch has been opened.
	 */
	long watches() {
		return this.watches.sum();
	}

	/**
	 * Whether the last attempt ended as etcd did not accept the token, or what may be
	 * done with it. A watch that is refused makes jetcd fetch new tokens, each of which
	 * costs etcd the check of a password; a request gets one where that is of use.
	 */
	boolean isRefused() {
		return this.tokenRefused || this.forbidden;
	}

	/**
	 * Say nothing any more.
	 */
	void close() {
		this.closed = true;
	}

	void begin() {
		this.began = System.nanoTime();
		this.openedAt = null;
	}

	void opened(long revision) {
		this.openedAt = System.nanoTime();
		this.tokenRefused = false;
		this.forbidden = false;
		this.watches.increment();
		this.status = new MirrorStatus(true, Instant.now(), null);
		if (this.announce) {
			this.announce = false;
			logger.info("Following etcd keys " + this.keys + " from revision " + revision);
		}
	}

	/**
	 * Whether what was missed is gone, or does not fit into one message.
	 */
	static boolean isLost(EtcdRequestException failure) {
		return failure.reason() == Reason.REVISION_GONE || failure.reason() == Reason.TOO_LARGE;
	}

	/**
	 * Note the end of an attempt.
	 * @return milliseconds to wait before the next, none of them if not positive
	 */
	long failed(EtcdRequestException failure) {
		Long opened = this.openedAt;
		if (opened != null && System.nanoTime() - opened > LASTING.toNanos()) {
			this.backOff = newBackOff();
			this.explained.clear();
			this.brief = 0;
		}
		boolean renewToken = failure.reason() == Reason.UNAUTHENTICATED && !this.tokenRefused;
		this.tokenRefused = failure.reason() == Reason.UNAUTHENTICATED;
		this.forbidden = failure.reason() == Reason.PERMISSION_DENIED;
		boolean forOperator = failure.isForOperator() && !renewToken;
		boolean unopened = opened == null && !renewToken && !isLost(failure);
		note(failure, forOperator || unopened || this.brief++ >= MOST_BRIEF);
		long pause = (forOperator) ? jitter(failure.patience()).toMillis() : this.backOff.nextBackOff();
		if (failure.reason() == Reason.TIMEOUT) {
			// that was pause enough
			pause -= TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.began);
		}
		return pause;
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
				logger.warn("The etcd keys " + this.keys + " cannot be followed, the last known state stays in use: "
						+ problem);
			}
		}
	}

	private void stale(EtcdProblem problem) {
		MirrorStatus before = this.status;
		this.status = new MirrorStatus(false, (before.synced()) ? Instant.now() : before.since(), problem);
	}

	/** Give or take a fifth, so that not all processes do it at once. */
	static Duration jitter(Duration duration) {
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
