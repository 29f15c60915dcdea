package io.github.etcdspring.mirror;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.ProblemLog;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Tracks whether a mirror is synced, and computes the pause before the next attempt.
 * Confined to the thread of the mirror; any thread may read {@link #status()}.
 */
final class MirrorState {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	/** So many watches may end early before that is worth a warning. */
	private static final int MOST_BRIEF = 3;

	private final String keys;

	private final boolean talkative;

	private final ProblemLog problems;

	private volatile MirrorStatus status = new MirrorStatus(false, Instant.now(), null);

	private volatile long watches;

	private volatile boolean closed;

	private BackOffExecution backOff = newBackOff();

	private long began;

	private boolean open;

	private boolean announced;

	private boolean tokenRefused;

	private boolean forbidden;

	private int brief;

	private @Nullable EtcdProblem failure;

	private @Nullable EtcdProblem undelivered;

	private @Nullable EtcdProblem leftOut;

	/** Whether something is held that may no longer be read. */
	private boolean outdated;

	/**
	 * Create the state of a mirror.
	 * @param connection explains failures
	 * @param keys what the log calls the keys that are mirrored
	 * @param talkative whether to log also what needs no operator
	 */
	MirrorState(EtcdConnection connection, String keys, boolean talkative) {
		this.keys = keys;
		this.talkative = talkative;
		this.problems = new ProblemLog(logger, connection);
	}

	MirrorStatus status() {
		return this.status;
	}

	/** How often a watch has been opened. */
	long watches() {
		return this.watches;
	}

	/**
	 * Whether the last attempt ended as etcd did not accept the token, or what may be
	 * done with it. A watch that is refused makes jetcd fetch new tokens, each of which
	 * costs etcd the check of a password; a request gets one where that is of use.
	 */
	boolean isRefused() {
		return this.tokenRefused || this.forbidden;
	}

	/** Log nothing any more. */
	void close() {
		this.closed = true;
	}

	void begin() {
		this.began = System.nanoTime();
		this.open = false;
	}

	@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
	void opened(long revision) {
		this.open = true;
		this.tokenRefused = false;
		this.forbidden = false;
		this.watches++;
		this.failure = null;
		update();
		String following = "Following etcd keys " + this.keys + " from revision " + revision;
		if (this.talkative && !this.announced) {
			logger.info(following);
		}
		this.announced = true;
		this.problems.recovered(following);
	}

	/**
	 * Note which ranges may not be read.
	 * @param ranges the ranges
	 * @param held whether something of them is held
	 */
	void leftOut(List<String> ranges, boolean held) {
		this.leftOut = (ranges.isEmpty()) ? null
				: new EtcdProblem("permission denied for " + ranges + ". Grant the user a role for the prefix"
						+ " with 'etcdctl role grant-permission <role> --prefix=true read <prefix>'", true);
		this.outdated = held;
		update();
	}

	/**
	 * Note whether the listener has taken the last change.
	 * @param thrown what it threw, {@code null} if nothing
	 */
	void delivered(@Nullable Throwable thrown) {
		EtcdProblem before = this.undelivered;
		if (thrown == null && before == null) {
			return;
		}
		// the message of what was thrown may contain a value
		this.undelivered = (thrown != null) ? new EtcdProblem("the application failed to process a change, which is"
				+ " retried with back-off: " + thrown.getClass().getName() + place(thrown), false) : null;
		update();
		if (this.undelivered == null) {
			logger.info("The change of the etcd keys " + this.keys + " has been processed");
		}
		else if (before == null) {
			logger.warn("A change of the etcd keys " + this.keys + " cannot be processed: " + this.undelivered);
		}
	}

	private static String place(Throwable thrown) {
		StackTraceElement[] frames = thrown.getStackTrace();
		return (frames.length > 0) ? " at " + frames[0] : "";
	}

	/** Whether what was missed is gone, or does not fit into one message. */
	static boolean isLost(EtcdRequestException failure) {
		return failure.reason() == Reason.REVISION_GONE || failure.reason() == Reason.TOO_LARGE;
	}

	/**
	 * Note the end of an attempt.
	 * @param failure why it ended
	 * @return milliseconds to wait before the next, none of them if not positive
	 */
	long failed(EtcdRequestException failure) {
		boolean opened = this.open;
		this.open = false;
		if (this.problems.failed()) {
			this.backOff = newBackOff();
			this.brief = 0;
		}
		boolean renewToken = failure.reason() == Reason.UNAUTHENTICATED && !this.tokenRefused;
		this.tokenRefused = failure.reason() == Reason.UNAUTHENTICATED;
		this.forbidden = failure.reason() == Reason.PERMISSION_DENIED;
		boolean forOperator = failure.requiresIntervention() && !renewToken;
		boolean unopened = !opened && !renewToken && !isLost(failure);
		this.failure = this.problems.known(failure);
		update();
		if (forOperator || unopened) {
			explain(failure);
		}
		else {
			// most streams that end can be opened again at once
			this.brief++;
			if (this.brief > MOST_BRIEF) {
				explain(failure);
			}
		}
		long pause = (forOperator) ? JitteredTimer.jitter(failure.retryDelay()).toMillis() : this.backOff.nextBackOff();
		if (failure.reason() == Reason.TIMEOUT) {
			// that was pause enough
			pause -= TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.began);
		}
		return pause;
	}

	/** Which may mean to ask each endpoint. */
	private void explain(EtcdRequestException failure) {
		if (this.talkative || failure.requiresIntervention()) {
			EtcdProblem problem = this.problems.explain(failure);
			if (!this.closed) {
				this.failure = problem;
				update();
				this.problems.warn(
						"The etcd keys " + this.keys + " cannot be followed, the last known state stays in use",
						problem);
			}
		}
	}

	private void update() {
		MirrorStatus before = this.status;
		boolean synced = this.open && this.undelivered == null && !this.outdated;
		EtcdProblem problem = this.failure;
		if (problem == null) {
			problem = (this.undelivered != null) ? this.undelivered : this.leftOut;
		}
		Instant since = (before.synced() == synced) ? before.since() : Instant.now();
		this.status = new MirrorStatus(synced, since, problem);
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
