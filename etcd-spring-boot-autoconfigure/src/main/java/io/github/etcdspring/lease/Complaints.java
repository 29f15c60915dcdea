package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import io.github.etcdspring.client.EtcdProblem;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the log is told of the problems of a lease: each once, and when they are over. Not
 * safe for use by several threads.
 */
final class Complaints {

	private static final Log logger = LogFactory.getLog(Complaints.class);

	/** Time without a problem after which the same one is worth another warning. */
	private static final Duration LASTING = Duration.ofSeconds(10);

	private final Set<EtcdProblem> warnings = new HashSet<>();

	private boolean sound = true;

	private boolean warned;

	private long soundSince = System.nanoTime();

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
