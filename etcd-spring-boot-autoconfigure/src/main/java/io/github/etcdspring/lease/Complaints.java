package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * What is found out about the problems of a lease, and what the log is told of them: each
 * once, and when they are over. Not safe for use by several threads.
 */
final class Complaints {

	private static final Log logger = LogFactory.getLog(Complaints.class);

	/** Time without a problem after which the same one is worth another warning. */
	private static final Duration LASTING = Duration.ofSeconds(10);

	private final EtcdConnection connection;

	/** What has been found out about failures since etcd answered last. */
	private final Map<Reason, EtcdProblem> explained = new EnumMap<>(Reason.class);

	private final Set<EtcdProblem> warnings = new HashSet<>();

	private boolean sound = true;

	private boolean warned;

	private long soundSince = System.nanoTime();

	Complaints(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Explain a failure. Asking each endpoint takes seconds that a lease does not have,
	 * and the first answer is as good as a later one.
	 * @param failure the failure
	 * @param held whether there is a lease to lose
	 * @return the failure in other words
	 */
	EtcdProblem explain(EtcdRequestException failure, boolean held) {
		if (held && failure.isSilence()) {
			return new EtcdProblem("etcd does not answer", false);
		}
		if (held && !failure.isForOperator()) {
			return new EtcdProblem("etcd answers '" + failure.getMessage() + "'", false);
		}
		return this.explained.computeIfAbsent(failure.reason(), (reason) -> this.connection.explain(failure));
	}

	/**
	 * Whatever fails from now on is to be explained anew.
	 */
	void answered() {
		this.explained.clear();
	}

	void changed(@Nullable EtcdProblem problem) {
		if (problem == null) {
			over();
			return;
		}
		if (this.sound && System.nanoTime() - this.soundSince > LASTING.toNanos()) {
			this.warnings.clear();
		}
		this.sound = false;
		if (this.warnings.add(problem)) {
			this.warned = true;
			logger.warn("The registration in etcd is disturbed: " + problem);
		}
	}

	private void over() {
		this.sound = true;
		this.soundSince = System.nanoTime();
		if (this.warned) {
			this.warned = false;
			logger.info("The registration in etcd is no longer disturbed");
		}
	}

}
