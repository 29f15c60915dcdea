package io.github.etcdspring.lock;

import java.time.Duration;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.ProblemLog;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.integration.leader.Candidate;
import org.springframework.integration.leader.event.LeaderEventPublisher;

/**
 * Takes part in the election of a leader for one candidate, on a daemon thread: waits for
 * the leadership, grants it to the candidate, and revokes it when it is lost, given up or
 * the election is stopped.
 */
final class LeaderElection {

	private static final Log logger = LogFactory.getLog(LeaderElection.class);

	/** Time between the end of a leadership and the next candidacy. */
	private static final Duration PAUSE = Duration.ofSeconds(1);

	private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

	private final LockSession session;

	private final Candidate candidate;

	private final String queue;

	private final LeaderEventPublisher events;

	private final ProblemLog problems;

	private final Thread thread;

	private volatile boolean stopped;

	private volatile @Nullable EtcdLeaderContext current;

	LeaderElection(EtcdConnection connection, LockSession session, Candidate candidate, String queue,
			LeaderEventPublisher events) {
		this.session = session;
		this.candidate = candidate;
		this.queue = queue;
		this.events = events;
		this.problems = new ProblemLog(logger, connection);
		this.thread = new Thread(this::run, "etcd-leader-" + candidate.getRole());
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	/** End the leadership without waiting for its end. */
	void stop() {
		this.stopped = true;
		this.thread.interrupt();
	}

	void awaitStopped() {
		try {
			this.thread.join(STOP_TIMEOUT.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void run() {
		while (!this.stopped) {
			try {
				LockKey key = this.session.acquire(this.candidate.getRole(), this.queue, Deadline.NONE,
						(lost) -> this.thread.interrupt());
				if (key != null) {
					this.problems
						.recovered("Leader election for role '" + this.candidate.getRole() + "' has recovered");
					lead(key);
				}
				pause(PAUSE);
			}
			catch (InterruptedException ex) {
				// stopped, or interrupted at the end of a leadership
			}
			catch (EtcdRequestException ex) {
				this.problems.failed();
				this.problems.warn("Leader election for role '" + this.candidate.getRole() + "' is failing",
						this.problems.explain(ex));
				pauseQuietly(ex.retryDelay());
			}
			catch (RuntimeException | Error ex) {
				if (!this.stopped) {
					logger.error(
							"Leader election for role '" + this.candidate.getRole() + "' has failed, it is retried",
							ex);
					pauseQuietly(PAUSE);
				}
			}
		}
	}

	private void lead(LockKey key) {
		String role = this.candidate.getRole();
		EtcdLeaderContext context = new EtcdLeaderContext(role, key, () -> giveUp(key));
		this.current = context;
		logger.info("Elected as leader for role '" + role + "'");
		try {
			this.candidate.onGranted(context);
			this.events.publishOnGranted(this.candidate, context, role);
			key.awaitEnd();
		}
		catch (InterruptedException ex) {
			// lost, given up or stopped
		}
		catch (RuntimeException ex) {
			logger.error("Leader for role '" + role + "' failed to take over, and gives up the leadership", ex);
		}
		finally {
			revoke(context, key);
		}
	}

	private void giveUp(LockKey key) {
		EtcdLeaderContext leading = this.current;
		if (leading != null && leading.token().equals(key.token())) {
			this.thread.interrupt();
		}
	}

	private void revoke(EtcdLeaderContext context, LockKey key) {
		context.end();
		this.current = null;
		boolean unused = Thread.interrupted();
		String role = this.candidate.getRole();
		logger.info("No longer leader for role '" + role + "'" + ((key.reason().isEmpty()) ? "" : ": " + key.reason()));
		try {
			this.candidate.onRevoked(context);
		}
		catch (RuntimeException ex) {
			logger.error("Candidate for role '" + role + "' failed to handle the end of its leadership", ex);
		}
		try {
			this.events.publishOnRevoked(this.candidate, context, role);
		}
		catch (RuntimeException ex) {
			logger.error("A listener failed to handle the end of the leadership for role '" + role + "'", ex);
		}
		// last, so that the next leader is elected after this one has ended its work
		boolean held = this.session.release(key);
		if (logger.isDebugEnabled()) {
			logger.debug("Leadership for role '" + role + "' was " + ((held) ? "given up" : "lost"));
		}
	}

	private static void pause(Duration time) throws InterruptedException {
		Thread.sleep(time.toMillis());
	}

	private static void pauseQuietly(Duration time) {
		try {
			pause(time);
		}
		catch (InterruptedException ex) {
			// stopped, which the caller checks
		}
	}

	/** Context of the leadership, {@code null} if this application is not the leader. */
	@Nullable EtcdLeaderContext current() {
		return this.current;
	}

}
