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

	/** Time without a problem after which the same one is worth another warning. */
	private static final Duration RESET_AFTER = Duration.ofSeconds(10);

	private final Log logger;

	private final EtcdConnection connection;

	/** By reason, as an explanation may cost a request to each endpoint. */
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
	 * Note a failure. After a time without any, problems are explained and logged again.
	 * @return whether the time since the last failure was long
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
	 * Log a problem as a warning, unless that has been done.
	 * @param what what is failing
	 * @param problem the problem
	 */
	public void warn(String what, EtcdProblem problem) {
		if (this.warnings.add(problem)) {
			this.warned = true;
			this.logger.warn(what + ": " + problem);
		}
	}

	/**
	 * Note that there is no problem any more, and log it if a warning was logged.
	 * @param what what has recovered
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
