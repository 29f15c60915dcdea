package io.github.etcdspring.lease;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.lease.LeasedKey.Wish;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * A lease kept alive while the session is open, and the keys bound to it. A key that
 * disappears or is overwritten is put again, a lease that etcd no longer knows is
 * replaced. A key that another live process holds is never touched.
 * <p>
 * One daemon thread does all the work, from the first put on. The futures complete on
 * that thread, so that whoever continues them must not block.
 */
public final class LeaseSession implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LeaseSession.class);

	private static final long NONE = 0;

	private static final Duration MOST_FOR_RENEWAL = Duration.ofSeconds(3);

	private static final Duration LEAST_FOR_REQUEST = Duration.ofSeconds(1);

	/** Rounds in which somebody else may change the key between look and write. */
	private static final int MOST_ROUNDS = 5;

	private static final Duration CLOSE = Duration.ofSeconds(2);

	private final EtcdConnection connection;

	private final Duration ttl;

	private final Thread thread;

	private final Map<ByteSequence, LeasedKey> keys = new ConcurrentHashMap<>();

	private final Map<ByteSequence, Mirror> mirrors = new ConcurrentHashMap<>();

	private final Semaphore wakeUps = new Semaphore(0);

	private final CountDownLatch granted = new CountDownLatch(1);

	/** All leases that this process ever held, so that it knows its own keys. */
	private final Set<Long> leases = new HashSet<>();

	private volatile LeaseStatus status;

	private volatile boolean closed;

	private boolean started;

	private long lease = NONE;

	private Duration grantedTtl;

	private long renewAt;

	private long retryAt;

	private @Nullable EtcdProblem leaseProblem;

	private @Nullable EtcdProblem keyProblem;

	private BackOffExecution backOff = newBackOff();

	/**
	 * Create a session that does nothing until something is put.
	 * @param connection the connection to etcd
	 * @param ttl time after which the keys disappear when this process no longer renews
	 * the lease, in whole seconds
	 */
	public LeaseSession(EtcdConnection connection, Duration ttl) {
		this.connection = connection;
		this.ttl = ttl;
		this.grantedTtl = ttl;
		this.status = new LeaseStatus(NONE, ttl, Instant.now(), 0, null);
		this.thread = new Thread(this::run, "etcd-lease");
		this.thread.setDaemon(true);
	}

	/**
	 * Begin to keep a lease, in the background and for as long as it takes.
	 */
	public synchronized void start() {
		if (!this.started && !this.closed) {
			this.started = true;
			this.thread.start();
		}
	}

	/**
	 * Wait until there is a lease.
	 * @param timeout how long to wait
	 * @return whether there is one
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean awaitLease(Duration timeout) throws InterruptedException {
		return this.granted.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Keep a key in etcd from now on.
	 * @param key the key
	 * @param value its value
	 * @return completes when etcd holds it or a later value, which may be long after an
	 * outage; cancelled when the key is removed or the session closed before that
	 */
	public CompletableFuture<Void> put(String key, String value) {
		return wish(key, bytes(value));
	}

	/**
	 * Keep a key out of etcd from now on.
	 * @param key a key that was put before
	 * @return completes when etcd no longer holds it for this process
	 */
	public CompletableFuture<Void> remove(String key) {
		return wish(key, null);
	}

	private CompletableFuture<Void> wish(String name, @Nullable ByteSequence value) {
		CompletableFuture<Void> done = new CompletableFuture<>();
		ByteSequence bytes = bytes(name);
		synchronized (this) {
			if (this.closed) {
				done.completeExceptionally(new CancellationException("The lease session is closed"));
				return done;
			}
			LeasedKey key = this.keys.computeIfAbsent(bytes, LeasedKey::new);
			Wish previous = key.wish();
			key.wish(new Wish(value, done));
			if (value != null && previous.value() != null) {
				CompletableFuture<Void> unused = done.thenRun(() -> previous.done().complete(null));
			}
			else {
				previous.done().cancel(false);
			}
			start();
		}
		wakeUp();
		return done;
	}

	/**
	 * How the session stands.
	 * @return the status
	 */
	public LeaseStatus status() {
		return this.status;
	}

	/**
	 * End the session and revoke its lease, which removes all its keys at once. Takes up
	 * to a few seconds when etcd does not answer; the keys then disappear with the lease.
	 */
	@Override
	public void close() {
		long last = end();
		if (last != NONE) {
			revoke(last);
		}
	}

	/**
	 * End the session and leave its keys to their time to live.
	 */
	public void abandon() {
		end();
	}

	private long end() {
		synchronized (this) {
			if (this.closed) {
				return NONE;
			}
			this.closed = true;
		}
		wakeUp();
		// a grant under way is given time to arrive, as a lease nobody knows is left
		// behind
		join();
		if (this.thread.isAlive()) {
			this.thread.interrupt();
			join();
		}
		this.mirrors.values().forEach(Mirror::close);
		this.keys.values().forEach((key) -> key.wish().done().cancel(false));
		LeaseStatus last = this.status;
		this.status = new LeaseStatus(NONE, this.ttl, Instant.now(), last.losses(), null);
		return last.lease();
	}

	private void revoke(long lease) {
		try {
			this.connection.call(() -> leaseClient().revoke(lease), shorter(this.connection.requestTimeout(), CLOSE));
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				logger.warn("The lease " + Long.toHexString(lease) + " could not be revoked (" + ex.getMessage()
						+ "), its keys disappear within " + this.ttl.toSeconds() + " s");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
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
		this.leases.add(this.lease);
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
			for (LeasedKey key : this.keys.values()) {
				if (!key.isSettled(this.lease) && !settle(key)) {
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

	private boolean settle(LeasedKey key) throws EtcdRequestException, InterruptedException {
		Wish wish = key.wish();
		ByteSequence value = wish.value();
		Op write = (value != null) ? Op.put(key.key(), value, PutOption.builder().withLeaseId(this.lease).build())
				: Op.delete(key.key(), DeleteOption.DEFAULT);
		long expected = key.expectedRevision();
		for (int round = 0; round < MOST_ROUNDS; round++) {
			Cmp unchanged = new Cmp(key.key(), Cmp.Op.EQUAL, CmpTarget.modRevision(expected));
			TxnResponse answer = this.connection.call(
					() -> this.connection.client()
						.getKVClient()
						.txn()
						.If(unchanged)
						.Then(write)
						.Else(Op.get(key.key(), GetOption.DEFAULT))
						.commit(),
					shorter(this.connection.requestTimeout(), longer(this.grantedTtl.dividedBy(3), LEAST_FOR_REQUEST)));
			if (answer.isSucceeded()) {
				key.wrote(wish, this.lease, answer.getHeader().getRevision());
				this.mirrors.computeIfAbsent(key.key(), (name) -> follow(key));
				return true;
			}
			List<KeyValue> held = answer.getGetResponses().get(0).getKvs();
			if (held.isEmpty()) {
				expected = 0;
			}
			else if (isOwn(held.get(0), key)) {
				expected = held.get(0).getModRevision();
			}
			else if (value == null) {
				key.wrote(wish, this.lease, answer.getHeader().getRevision());
				return true;
			}
			else {
				this.mirrors.computeIfAbsent(key.key(), (name) -> follow(key));
				return false;
			}
		}
		return false;
	}

	/**
	 * A key without a lease was put by hand; over one of this process that is an
	 * accident.
	 */
	private boolean isOwn(KeyValue held, LeasedKey key) {
		return this.leases.contains(held.getLease()) || (held.getLease() == NONE && key.wasEverWritten());
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
		this.keys.values().forEach(LeasedKey::forgetWritten);
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

	private void wakeUp() {
		this.wakeUps.release();
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

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
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
