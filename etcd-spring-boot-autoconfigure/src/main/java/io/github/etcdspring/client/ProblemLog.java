package io.github.etcdspring.client;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;

/**
 * Explains failures and logs each problem once, until a time without problems has passed.
 * Not thread-safe.
 */
public final class ProblemLog {

	/** Time without failures after which the same problem is logged again. */
	private static final Duration RESET_AFTER = Duration.ofSeconds(10);

	private final Log logger;

	private final EtcdConnection connection;

	/** Cached by reason, as an explanation may probe each endpoint. */
	private final Map<Reason, EtcdProblem> explanations = new EnumMap<>(Reason.class);

	private final Set<EtcdProblem> warnings = new HashSet<>();

	private boolean healthy = true;

	private long healthySince = System.nanoTime();

	private boolean warned;

	/**
	 * Create a log of problems.
	 * @param logger the log to write to
	 * @param connection explains failures
	 */
	public ProblemLog(Log logger, EtcdConnection connection) {
		this.logger = logger;
		this.connection = connection;
	}

	/**
	 * Explain a failure, or return the explanation of the last failure with the same
	 * reason.
	 * @param failure the failure
	 * @return the explanation
	 */
	public EtcdProblem explain(EtcdRequestException failure) {
		return this.explanations.computeIfAbsent(kind(failure), (reason) -> this.connection.explain(failure));
	}

	/**
	 * Return the explanation of an earlier failure with the same reason, without a
	 * request.
	 * @param failure the failure
	 * @return the explanation, or the message of the failure if there is none
	 */
	public EtcdProblem known(EtcdRequestException failure) {
		return this.explanations.getOrDefault(kind(failure), new EtcdProblem(failure.getMessage(), false));
	}

	private static Reason kind(EtcdRequestException failure) {
		return (failure.isUnanswered()) ? Reason.UNAVAILABLE : failure.reason();
	}

	/**
	 * Explain later failures again.
	 */
	public void forgetExplanations() {
		this.explanations.clear();
	}

	/**
	 * Record a failure. After 10 seconds without failures, problems are explained and
	 * logged again.
	 * @return whether there were no failures for 10 seconds
	 */
	public boolean failed() {
		boolean reset = this.healthy && System.nanoTime() - this.healthySince > RESET_AFTER.toNanos();
		if (reset) {
			this.explanations.clear();
			this.warnings.clear();
		}
		this.healthy = false;
		return reset;
	}

	/**
	 * Log a problem as a warning, unless it has been logged already.
	 * @param what the operation that is failing
	 * @param problem the problem
	 */
	public void warn(String what, EtcdProblem problem) {
		if (this.warnings.add(problem)) {
			this.warned = true;
			this.logger.warn(what + ": " + problem);
		}
	}

	/**
	 * Record a recovery, and log it if a warning was logged.
	 * @param what the message to log
	 */
	public void recovered(String what) {
		if (!this.healthy) {
			this.healthy = true;
			this.healthySince = System.nanoTime();
		}
		if (this.warned) {
			this.warned = false;
			this.logger.info(what);
		}
	}

}
