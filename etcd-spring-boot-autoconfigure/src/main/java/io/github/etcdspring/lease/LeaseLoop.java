package io.github.etcdspring.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.ProblemLog;
import io.github.etcdspring.lease.LeasedKeys.ReconcileResult;
import io.github.etcdspring.mirror.MirrorReport;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Event loop of a lease: grants it, renews it, reconciles its keys, and replaces it when
 * it is lost. All work happens on one daemon thread. {@link #status()},
 * {@link #renewals()}, {@link #watches()} and {@link #wakeUp()} are thread-safe.
 */
final class LeaseLoop {

	static final long NO_LEASE = 0;

	private static final Log logger = LogFactory.getLog(LeaseLoop.class);

	private static final Duration MAX_RENEWAL_TIMEOUT = Duration.ofSeconds(3);

	private static final Duration MIN_REQUEST_TIMEOUT = Duration.ofSeconds(1);

	private static final Duration ERROR_PAUSE = Duration.ofMillis(100);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

	private final LeaseRequests requests;

	private final Duration requestTimeout;

	private final Duration ttl;

	private final LeasedKeys keys;

	private final AdoptedKeys adopted;

	private final Semaphore wakeUps = new Semaphore(0);

	private final CountDownLatch granted = new CountDownLatch(1);

	private final LongAdder renewals = new LongAdder();

	private final Thread thread;

	private final List<Runnable> lossListeners = new CopyOnWriteArrayList<>();

	private volatile LeaseStatus status;

	/** Term of the lease, {@code null} while there is none. */
	private volatile @Nullable LeaseTerm term;

	private volatile boolean closed;

	private volatile boolean granting;

	private long lease = NO_LEASE;

	private long grantedAt;

	private Duration grantedTtl;

	private long renewAt;

	private long retryAt;

	private @Nullable EtcdProblem leaseProblem;

	private @Nullable EtcdProblem keyProblem;

	private final ProblemLog problems;

	private BackOffExecution backOff = newBackOff();

	LeaseLoop(EtcdConnection connection, Duration ttl, Collection<LeasedKey> keys) {
		this.requests = new LeaseRequests(connection);
		this.requestTimeout = connection.requestTimeout();
		this.ttl = ttl;
		this.keys = new LeasedKeys(connection, keys, this::wakeUp);
		this.adopted = new AdoptedKeys(connection, this.requests,
				(key) -> keys.stream().anyMatch((own) -> own.key().equals(key) && own.heldSince() != null));
		this.problems = new ProblemLog(logger, connection);
		this.grantedTtl = ttl;
		this.status = new LeaseStatus(NO_LEASE, ttl, Instant.now(), 0, null);
		this.thread = new Thread(this::run, "etcd-lease");
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	boolean awaitLease(Duration timeout) throws InterruptedException {
		return this.granted.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	LeaseStatus status() {
		return this.status;
	}

	@Nullable LeaseTerm term() {
		return this.term;
	}

	/** Call a listener on the thread of the lease after each loss of a lease. */
	void addLossListener(Runnable listener) {
		this.lossListeners.add(listener);
	}

	long renewals() {
		return this.renewals.sum();
	}

	AdoptedKeys adopted() {
		return this.adopted;
	}

	List<MirrorReport> watches() {
		return this.keys.watches();
	}

	/**
	 * Reconcile the keys now, as a desired or an observed value has changed.
	 */
	void wakeUp() {
		this.wakeUps.release();
	}

	/**
	 * Stop the thread and close the mirrors of the keys.
	 * @return id of the lease that is still to be revoked, 0 if there is none
	 */
	long stop() {
		this.closed = true;
		wakeUp();
		if (Thread.currentThread() != this.thread) {
			if (this.granting) {
				// wait for its response, as a lease with an unknown id cannot be revoked
				join();
			}
			this.thread.interrupt();
			join();
		}
		this.keys.close();
		this.term = null;
		LeaseStatus last = this.status;
		this.status = new LeaseStatus(NO_LEASE, this.ttl, Instant.now(), last.losses(), null);
		return last.lease();
	}

	private void join() {
		try {
			this.thread.join(CLOSE_TIMEOUT.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void run() {
		this.retryAt = System.nanoTime();
		while (!this.closed) {
			try {
				if (this.lease == NO_LEASE && isDue(this.retryAt)) {
					attempt(this::grant);
				}
				if (this.lease != NO_LEASE && isDue(this.renewAt)) {
					attempt(this::renew);
				}
				if (this.lease != NO_LEASE && isDue(this.retryAt)) {
					attempt(this::reconcileKeys);
				}
				updateStatus();
				awaitWakeUp();
			}
			catch (InterruptedException ex) {
				// closed, or interrupted by a callback on a completed future
			}
			catch (RuntimeException | Error ex) {
				// out of memory even while recording the failure, which must not end the
				// registration
				LockSupport.parkNanos(ERROR_PAUSE.toNanos());
			}
		}
		// a mirror may have been started after stop() closed all of them
		this.keys.close();
	}

	private void grant() throws EtcdRequestException, InterruptedException {
		this.granting = true;
		try {
			if (this.closed) {
				return;
			}
			long before = System.nanoTime();
			LeaseGrantResponse response = this.requests.grant(this.ttl, timeoutWithin(this.ttl));
			this.lease = response.getID();
			this.grantedAt = before;
			Duration allowed = Duration.ofSeconds(response.getTTL());
			if (allowed.compareTo(this.grantedTtl) > 0) {
				logger.warn("etcd granted a lease with a TTL of " + allowed.toSeconds() + " s instead of "
						+ this.ttl.toSeconds() + " s, its minimum. Increase spring.cloud.etcd.discovery.ttl, or"
						+ " reduce the election timeout of etcd, from which the minimum follows");
			}
			this.grantedTtl = allowed;
			this.term = new LeaseTerm(this.lease, before + allowed.toNanos());
			this.renewAt = before + renewalInterval();
			this.status = new LeaseStatus(this.lease, allowed, Instant.now(), this.status.losses(),
					this.status.problem());
			this.granted.countDown();
			requestSucceeded();
		}
		finally {
			this.granting = false;
		}
	}

	/** After an outage, reconcile the keys without waiting for the back-off. */
	private void requestSucceeded() {
		if (this.leaseProblem != null) {
			this.leaseProblem = null;
			this.retryAt = System.nanoTime();
		}
		this.problems.forgetExplanations();
	}

	private void renew() throws EtcdRequestException, InterruptedException {
		long before = System.nanoTime();
		Duration timeout = max(min(MAX_RENEWAL_TIMEOUT, this.grantedTtl.dividedBy(4)), MIN_REQUEST_TIMEOUT);
		// retry soon if it fails: the next attempt avoids a member that hangs
		this.renewAt = before + TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(200, 500));
		this.requests.renew(this.lease, timeout);
		this.term = new LeaseTerm(this.lease, before + this.grantedTtl.toNanos());
		this.renewAt = before + renewalInterval();
		this.renewals.increment();
		this.backOff = newBackOff();
		requestSucceeded();
	}

	private void reconcileKeys() throws EtcdRequestException, InterruptedException {
		// first, so that after the loss of a lease no key is seen without those that
		// concern it
		this.adopted.reconcile(this.lease, timeoutWithin(this.grantedTtl));
		ReconcileResult result = this.keys.reconcile(this.lease, timeoutWithin(this.grantedTtl), this::explain);
		this.keyProblem = result.problem();
		if (result.failure() != null) {
			retryLater(result.failure());
		}
		else {
			// check a conflict again with each renewal, as its end may go unobserved
			this.retryAt = System.nanoTime() + renewalInterval();
			this.backOff = newBackOff();
		}
	}

	private void attempt(Step step) throws InterruptedException {
		try {
			step.run();
		}
		catch (EtcdRequestException ex) {
			failed(ex);
		}
		catch (RuntimeException | Error ex) {
			failed(EtcdRequestException.of(ex));
		}
	}

	private void failed(EtcdRequestException failure) {
		if (this.lease != NO_LEASE && failure.reason() == Reason.NOT_FOUND) {
			leaseLost();
		}
		else {
			this.leaseProblem = explain(failure);
			retryLater(failure);
		}
	}

	private void retryLater(EtcdRequestException failure) {
		long now = System.nanoTime();
		if (failure.requiresIntervention()) {
			this.retryAt = now + failure.retryDelay().toNanos();
			this.renewAt = Math.max(this.renewAt, now + renewalInterval() / 2);
		}
		else {
			this.retryAt = now + TimeUnit.MILLISECONDS.toNanos(this.backOff.nextBackOff());
		}
	}

	/**
	 * Explain a failure. While a lease is held, no endpoint is probed, as that takes
	 * seconds in which the lease may expire.
	 */
	private EtcdProblem explain(EtcdRequestException failure) {
		boolean held = this.lease != NO_LEASE;
		if (held && failure.isUnanswered()) {
			return new EtcdProblem("etcd does not answer", false);
		}
		if (held && !failure.requiresIntervention()) {
			return new EtcdProblem("etcd returned the error '" + failure.getMessage() + "'", false);
		}
		return this.problems.explain(failure);
	}

	private void leaseLost() {
		logger.warn("Lease " + LeaseStatus.id(this.lease) + " not found in etcd, it has expired or was revoked."
				+ " Its keys are written again under a new lease");
		this.lease = NO_LEASE;
		this.term = null;
		this.keys.forgetWritten();
		long now = System.nanoTime();
		boolean lasted = now - this.grantedAt > renewalInterval();
		this.retryAt = (lasted) ? now : now + TimeUnit.MILLISECONDS.toNanos(this.backOff.nextBackOff());
		this.status = new LeaseStatus(NO_LEASE, this.ttl, Instant.now(), this.status.losses() + 1,
				this.status.problem());
		this.lossListeners.forEach(Runnable::run);
	}

	private void updateStatus() {
		LeaseStatus now = this.status;
		EtcdProblem problem = (this.leaseProblem != null) ? this.leaseProblem : this.keyProblem;
		if (!Objects.equals(now.problem(), problem)) {
			this.status = new LeaseStatus(now.lease(), now.ttl(), now.since(), now.losses(), problem);
			log(problem);
		}
	}

	private void log(@Nullable EtcdProblem problem) {
		boolean onlyLocks = this.keys.isEmpty();
		if (problem != null) {
			this.problems.failed();
			this.problems.warn(onlyLocks ? "The lease for locks is failing" : "Registration in etcd is failing",
					problem);
		}
		else {
			this.problems
				.recovered(onlyLocks ? "The lease for locks has recovered" : "Registration in etcd has recovered");
		}
	}

	private void awaitWakeUp() throws InterruptedException {
		long next = (this.lease != NO_LEASE)
				? Math.min(this.renewAt - System.nanoTime(), this.retryAt - System.nanoTime())
				: this.retryAt - System.nanoTime();
		if (next > 0 && this.wakeUps.tryAcquire(next, TimeUnit.NANOSECONDS)) {
			this.wakeUps.drainPermits();
			this.retryAt = System.nanoTime();
		}
	}

	/** A lost request must not delay more than a lost renewal does. */
	private Duration timeoutWithin(Duration ttl) {
		return min(this.requestTimeout, max(ttl.dividedBy(3), MIN_REQUEST_TIMEOUT));
	}

	private long renewalInterval() {
		return this.grantedTtl.toNanos() / 3;
	}

	private static boolean isDue(long time) {
		return System.nanoTime() - time >= 0;
	}

	private static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private static Duration max(Duration one, Duration other) {
		return (one.compareTo(other) > 0) ? one : other;
	}

	/**
	 * Back-off without a maximum number of attempts, as giving up would leave the
	 * application unregistered until its restart.
	 */
	private static BackOffExecution newBackOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(2000);
		backOff.setJitter(50);
		return backOff.start();
	}

	@FunctionalInterface
	private interface Step {

		void run() throws EtcdRequestException, InterruptedException;

	}

}
