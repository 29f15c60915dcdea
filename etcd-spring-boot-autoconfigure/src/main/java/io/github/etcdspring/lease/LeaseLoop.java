package io.github.etcdspring.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.options.LeaseOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * The life of a lease: granted, renewed, its keys settled, and granted anew when it was
 * lost. All of it happens on one thread; {@link #status()} and {@link #wakeUp()} are for
 * any.
 */
final class LeaseLoop {

	static final long NONE = 0;

	private static final Log logger = LogFactory.getLog(LeaseLoop.class);

	private static final Duration MOST_FOR_RENEWAL = Duration.ofSeconds(3);

	private static final Duration LEAST_FOR_REQUEST = Duration.ofSeconds(1);

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final Duration ttl;

	private final Collection<LeasedKey> keys;

	private final KeyWriter writer;

	private final Map<ByteSequence, Mirror> mirrors = new ConcurrentHashMap<>();

	private final Semaphore wakeUps = new Semaphore(0);

	private final CountDownLatch granted = new CountDownLatch(1);

	private final Thread thread;

	private volatile LeaseStatus status;

	private volatile boolean closed;

	private long lease = NONE;

	private Duration grantedTtl;

	private long renewAt;

	private long retryAt;

	private @Nullable EtcdProblem leaseProblem;

	private @Nullable EtcdProblem keyProblem;

	private BackOffExecution backOff = newBackOff();

	LeaseLoop(EtcdConnection connection, Duration ttl, Collection<LeasedKey> keys) {
		this.connection = connection;
		this.ttl = ttl;
		this.keys = keys;
		this.writer = new KeyWriter(connection);
		this.grantedTtl = ttl;
		this.status = new LeaseStatus(NONE, ttl, Instant.now(), 0, null);
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

	/**
	 * Look again at what is wished for and what was seen.
	 */
	void wakeUp() {
		this.wakeUps.release();
	}

	/**
	 * End the thread.
	 * @return the lease that it leaves behind, 0 if there is none
	 */
	long stop() {
		this.closed = true;
		wakeUp();
		// a grant under way is given time to arrive: a lease nobody knows is left behind
		join();
		if (this.thread.isAlive()) {
			this.thread.interrupt();
			join();
		}
		this.mirrors.values().forEach(Mirror::close);
		LeaseStatus last = this.status;
		this.status = new LeaseStatus(NONE, this.ttl, Instant.now(), last.losses(), null);
		return last.lease();
	}

	private void join() {
		try {
			this.thread.join(CLOSE.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void run() {
		this.retryAt = System.nanoTime();
		try {
			while (!this.closed) {
				if (this.lease == NONE && isDue(this.retryAt)) {
					attempt(this::grant);
				}
				if (this.lease != NONE && isDue(this.renewAt)) {
					attempt(this::renew);
				}
				if (this.lease != NONE && isDue(this.retryAt)) {
					attempt(this::settleKeys);
				}
				report();
				awaitWakeUp();
			}
		}
		catch (InterruptedException ex) {
			// closed
		}
	}

	private void grant() throws EtcdRequestException, InterruptedException {
		long before = System.nanoTime();
		LeaseGrantResponse response = this.connection.call(() -> leaseClient().grant(this.ttl.toSeconds()));
		this.lease = response.getID();
		Duration allowed = Duration.ofSeconds(response.getTTL());
		if (allowed.compareTo(this.grantedTtl) > 0) {
			logger.warn("etcd grants no lease shorter than " + allowed.toSeconds() + " s, so that spring.cloud.etcd"
					+ ".discovery.ttl=" + this.ttl.toSeconds() + "s is not kept");
		}
		this.grantedTtl = allowed;
		this.renewAt = before + renewalInterval();
		this.status = new LeaseStatus(this.lease, allowed, Instant.now(), this.status.losses(), null);
		this.granted.countDown();
	}

	private void renew() throws EtcdRequestException, InterruptedException {
		long before = System.nanoTime();
		Duration timeout = longer(shorter(MOST_FOR_RENEWAL, this.grantedTtl.dividedBy(4)), LEAST_FOR_REQUEST);
		// in case it fails; a member that hangs is left aside by the next attempt
		this.renewAt = before + TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(200, 500));
		try {
			this.connection.call(() -> leaseClient().keepAliveOnce(this.lease), timeout);
		}
		catch (EtcdRequestException ex) {
			if (!ex.isForOperator()) {
				throw ex;
			}
			// only a unary call makes jetcd fetch a new token
			if (this.connection.call(() -> leaseClient().timeToLive(this.lease, LeaseOption.DEFAULT), timeout)
				.getTTL() <= 0) {
				throw EtcdRequestException.leaseGone();
			}
			this.connection.call(() -> leaseClient().keepAliveOnce(this.lease), timeout);
		}
		this.renewAt = before + renewalInterval();
		if (this.leaseProblem != null) {
			// etcd is back, so what it missed need not wait
			this.retryAt = System.nanoTime();
		}
	}

	private void settleKeys() throws EtcdRequestException, InterruptedException {
		try {
			EtcdProblem conflict = null;
			for (LeasedKey key : this.keys) {
				if (!key.isSettled(this.lease) && !write(key)) {
					conflict = new EtcdProblem("The key " + key.key() + " is held by another process and is left"
							+ " alone until that lets go of it. Give each instance an id of its own"
							+ " (spring.cloud.etcd.discovery.instance-id)", false);
				}
			}
			this.keyProblem = conflict;
			this.backOff = newBackOff();
			// a conflict is looked at again with each renewal, should its end go unseen
			this.retryAt = System.nanoTime() + renewalInterval();
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.NOT_FOUND) {
				throw ex;
			}
			this.keyProblem = explain(ex, this.keyProblem);
			retryLater(ex);
		}
	}

	private boolean write(LeasedKey key) throws EtcdRequestException, InterruptedException {
		Duration timeout = longer(this.grantedTtl.dividedBy(3), LEAST_FOR_REQUEST);
		boolean written = this.writer.write(key, this.lease, shorter(this.connection.requestTimeout(), timeout));
		this.mirrors.computeIfAbsent(key.key(), (name) -> follow(key));
		return written;
	}

	private Mirror follow(LeasedKey key) {
		Mirror mirror = new Mirror(this.connection, KeyRange.key(key.key()), "own-key", (snapshot, changed) -> {
			key.saw(snapshot);
			wakeUp();
		});
		mirror.start();
		return mirror;
	}

	private void attempt(Step step) throws InterruptedException {
		boolean leased = this.lease != NONE;
		try {
			step.run();
			this.leaseProblem = null;
		}
		catch (EtcdRequestException ex) {
			if (leased && ex.reason() == Reason.NOT_FOUND) {
				lose();
			}
			else {
				this.leaseProblem = explain(ex, this.leaseProblem);
				retryLater(ex);
			}
		}
	}

	private void retryLater(EtcdRequestException failure) {
		long now = System.nanoTime();
		if (failure.isForOperator()) {
			// each refused request costs etcd the check of a password
			this.retryAt = now + TimeUnit.SECONDS.toNanos(30);
			this.renewAt = Math.max(this.renewAt, now + renewalInterval() / 2);
		}
		else {
			this.retryAt = now + TimeUnit.MILLISECONDS.toNanos(this.backOff.nextBackOff());
		}
	}

	/**
	 * Asking each endpoint takes seconds that a lease does not have, and the first answer
	 * is as good as a later one.
	 */
	private EtcdProblem explain(EtcdRequestException failure, @Nullable EtcdProblem known) {
		if (failure.reason() != Reason.UNAVAILABLE && failure.reason() != Reason.TIMEOUT) {
			return this.connection.explain(failure);
		}
		if (this.lease != NONE) {
			return new EtcdProblem("etcd does not answer", false);
		}
		return (known != null) ? known : this.connection.explain(failure);
	}

	private void lose() {
		logger.warn("The lease " + Long.toHexString(this.lease) + " is gone from etcd, its keys are put again"
				+ " under a new one");
		this.lease = NONE;
		this.keys.forEach(LeasedKey::forgetWritten);
		this.retryAt = System.nanoTime();
		this.status = new LeaseStatus(NONE, this.ttl, Instant.now(), this.status.losses() + 1,
				new EtcdProblem("the lease was lost", false));
	}

	private void report() {
		LeaseStatus now = this.status;
		EtcdProblem problem = (this.leaseProblem != null) ? this.leaseProblem : this.keyProblem;
		if (!Objects.equals(now.problem(), problem)) {
			this.status = new LeaseStatus(now.lease(), now.ttl(), now.since(), now.losses(), problem);
			if (problem != null) {
				logger.warn("The registration in etcd is disturbed: " + problem);
			}
		}
	}

	private void awaitWakeUp() throws InterruptedException {
		long next = (this.lease != NONE) ? Math.min(this.renewAt - System.nanoTime(), this.retryAt - System.nanoTime())
				: this.retryAt - System.nanoTime();
		if (next > 0 && this.wakeUps.tryAcquire(next, TimeUnit.NANOSECONDS)) {
			this.wakeUps.drainPermits();
			this.retryAt = System.nanoTime();
		}
	}

	private long renewalInterval() {
		return this.grantedTtl.toNanos() / 3;
	}

	private Lease leaseClient() {
		return this.connection.client().getLeaseClient();
	}

	private static boolean isDue(long time) {
		return System.nanoTime() - time >= 0;
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private static Duration longer(Duration one, Duration other) {
		return (one.compareTo(other) > 0) ? one : other;
	}

	/**
	 * Without end, as giving up would leave the application unregistered until its
	 * restart.
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
