package io.github.etcdspring.mirror;

import java.time.Duration;
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
 * Tracks whether a mirror is synced, logs outages once, and computes the retry delay.
 * Confined to the thread of the mirror; any thread may read {@link #status()}.
 */
final class MirrorState {

	private static final Log logger = LogFactory.getLog(Mirror.class);

	/** Number of watches that may end early before a warning is logged. */
	private static final int MAX_SHORT_WATCHES = 3;

	private final String keys;

	private final WatchIntervals intervals;

	private final boolean logsOutages;

	private final ProblemLog problems;

	private volatile MirrorStatus status = new MirrorStatus(false, Instant.now(), null);

	private volatile long watches;

	private volatile boolean closed;

	private BackOffExecution backOff = newBackOff();

	private BackOffExecution permissionBackOff;

	private long attemptStartedAt;

	private boolean open;

	private boolean announced;

	private boolean tokenRefused;

	private boolean forbidden;

	private int shortWatches;

	private @Nullable EtcdProblem failure;

	private @Nullable EtcdProblem deliveryProblem;

	private @Nullable EtcdProblem permissionProblem;

	/** Whether the copy has entries of forbidden ranges, which may be stale. */
	private boolean holdsForbidden;

	/**
	 * Create the state of a mirror.
	 * @param connection the connection to etcd, which explains failures
	 * @param keys the mirrored keys, for log messages
	 * @param intervals the intervals between checks of permissions
	 * @param logsOutages whether to log outages that need no intervention
	 */
	MirrorState(EtcdConnection connection, String keys, WatchIntervals intervals, boolean logsOutages) {
		this.keys = keys;
		this.intervals = intervals;
		this.permissionBackOff = intervals.permissionBackOff();
		this.logsOutages = logsOutages;
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
	 * Whether etcd refused the last attempt because of its token or permissions. A
	 * refused watch makes jetcd fetch new tokens, each of which costs etcd a password
	 * check. A request fetches a token only if that helps.
	 */
	boolean isAccessRefused() {
		return this.tokenRefused || this.forbidden;
	}

	/** Stop logging. */
	void close() {
		this.closed = true;
	}

	void begin() {
		this.attemptStartedAt = System.nanoTime();
		this.open = false;
	}

	@SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
	void opened(long revision) {
		this.open = true;
		this.tokenRefused = false;
		this.forbidden = false;
		this.permissionBackOff = this.intervals.permissionBackOff();
		this.watches++;
		this.failure = null;
		update();
		String watching = "Watching etcd keys " + this.keys + " from revision " + revision;
		if (this.logsOutages && !this.announced) {
			logger.info(watching);
		}
		this.announced = true;
		this.problems.recovered(watching);
	}

	/**
	 * Record the forbidden ranges.
	 * @param ranges the ranges
	 * @param held whether the copy has entries of them
	 */
	void excluded(List<String> ranges, boolean held) {
		this.permissionProblem = (ranges.isEmpty()) ? null
				: new EtcdProblem("permission denied for " + ranges + ". Grant the user a role for the prefix"
						+ " with 'etcdctl role grant-permission <role> --prefix=true read <prefix>'", true);
		this.holdsForbidden = held;
		update();
	}

	/**
	 * Record the result of the last delivery to the listener.
	 * @param thrown the exception of the listener, {@code null} if it succeeded
	 */
	void delivered(@Nullable Throwable thrown) {
		EtcdProblem before = this.deliveryProblem;
		if (thrown == null && before == null) {
			return;
		}
		// the message of the exception may contain a value
		this.deliveryProblem = (thrown != null) ? new EtcdProblem(
				"a listener failed and is retried with back-off: " + thrown.getClass().getName() + place(thrown), false)
				: null;
		update();
		if (this.deliveryProblem == null) {
			logger.info("Processing changes of etcd keys " + this.keys + " has recovered");
		}
		else if (before == null) {
			logger.warn("Failed to process a change of etcd keys " + this.keys + ": " + this.deliveryProblem);
		}
	}

	private static String place(Throwable thrown) {
		StackTraceElement[] frames = thrown.getStackTrace();
		return (frames.length > 0) ? " at " + frames[0] : "";
	}

	/** Whether missed events are compacted, or exceed the message size. */
	static boolean isLost(EtcdRequestException failure) {
		return failure.reason() == Reason.REVISION_GONE || failure.reason() == Reason.TOO_LARGE;
	}

	/**
	 * Record the end of an attempt.
	 * @param failure why it ended
	 * @return milliseconds to wait before the next attempt, not positive for no delay
	 */
	long failed(EtcdRequestException failure) {
		boolean opened = this.open;
		this.open = false;
		if (this.problems.failed()) {
			this.backOff = newBackOff();
			this.shortWatches = 0;
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
			// most streams can be reopened at once
			this.shortWatches++;
			if (this.shortWatches > MAX_SHORT_WATCHES) {
				explain(failure);
			}
		}
		if (!this.forbidden) {
			this.permissionBackOff = this.intervals.permissionBackOff();
		}
		long pause = (forOperator) ? JitteredTimer.jitter(retryDelay(failure)).toMillis() : this.backOff.nextBackOff();
		if (failure.reason() == Reason.TIMEOUT) {
			// the timeout counts as part of the pause
			pause -= TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.attemptStartedAt);
		}
		return pause;
	}

	private Duration retryDelay(EtcdRequestException failure) {
		return (this.forbidden) ? Duration.ofMillis(this.permissionBackOff.nextBackOff()) : failure.retryDelay();
	}

	/** Explains and logs a failure; may probe each endpoint. */
	private void explain(EtcdRequestException failure) {
		if (this.logsOutages || failure.requiresIntervention()) {
			EtcdProblem problem = this.problems.explain(failure);
			if (!this.closed) {
				this.failure = problem;
				update();
				this.problems.warn(
						"The watch of etcd keys " + this.keys + " is interrupted, the last known state stays in use",
						problem);
			}
		}
	}

	private void update() {
		MirrorStatus before = this.status;
		boolean synced = this.open && this.deliveryProblem == null && !this.holdsForbidden;
		EtcdProblem problem = this.failure;
		if (problem == null) {
			problem = (this.deliveryProblem != null) ? this.deliveryProblem : this.permissionProblem;
		}
		Instant since = (before.synced() == synced) ? before.since() : Instant.now();
		this.status = new MirrorStatus(synced, since, problem);
	}

	/**
	 * Retries without limit, as giving up would leave the application stale until it is
	 * restarted.
	 */
	private static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(50, 2);
		backOff.setMaxInterval(2000);
		backOff.setJitter(25);
		return backOff.start();
	}

}
