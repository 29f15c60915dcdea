package io.github.etcdspring.rollout;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.rollout.RolloutProgress.Advance;
import io.github.etcdspring.rollout.RolloutProgress.Decision;
import io.github.etcdspring.rollout.RolloutProgress.Delete;
import io.github.etcdspring.rollout.RolloutProgress.Stop;
import io.github.etcdspring.rollout.RolloutProgress.Wait;
import io.github.etcdspring.rollout.RolloutProgress.Write;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Drives a rollout on a thread of its own, while this process is the elected driver. What
 * it does has no effect once it is not: each transaction requires the key of its
 * election.
 */
final class RolloutDriver implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(RolloutDriver.class);

	private static final long CLOSE_TIMEOUT_MILLIS = 2000;

	private static final long DRIVER_RENEWAL_NANOS = RolloutStore.DRIVER_TTL.toNanos() / 3;

	private static final long RENEWAL_NANOS = RolloutStore.TTL.toNanos() / 3;

	private static final long RETRY_MILLIS = 500;

	private final RolloutStore store;

	private final Rollout rollout;

	private final long token;

	private final long driverLease;

	private final Consumer<RolloutDriver> ended;

	private final Mirror mirror;

	private final BlockingQueue<RolloutState> states = new ArrayBlockingQueue<>(1);

	private final RolloutProgress progress;

	private final Thread thread;

	private long driverRenewed = System.nanoTime();

	/** At once, as the last renewal by another driver may be long ago. */
	private long renewed = System.nanoTime() - RENEWAL_NANOS;

	private @Nullable RolloutState state;

	private volatile boolean closed;

	/**
	 * Create a driver.
	 * @param store the transactions
	 * @param fleet the keys of the fleet
	 * @param rollout the rollout, with all directories
	 * @param token create revision of the key of the driver
	 * @param driverLease lease of the key of the driver
	 * @param progress decides what to do
	 * @param ended called on the thread of the driver when it drives no longer
	 */
	RolloutDriver(RolloutStore store, FleetKeys fleet, Rollout rollout, long token, long driverLease,
			RolloutProgress progress, Consumer<RolloutDriver> ended) {
		this.store = store;
		this.rollout = rollout;
		this.token = token;
		this.driverLease = driverLease;
		this.progress = progress;
		this.ended = ended;
		List<KeyRange> ranges = new ArrayList<>();
		rollout.keys().forEach((key) -> ranges.add(KeyRange.key(key)));
		ranges.add(KeyRange.key(rollout.driverKey()));
		ranges.add(fleet.range());
		this.mirror = Mirror.withoutOutageLogging(store.connection(), ranges, "rollout",
				(snapshot, changed) -> changed(snapshot, fleet));
		this.thread = new Thread(this::run, "etcd-rollout-" + rollout.id());
		this.thread.setDaemon(true);
	}

	String id() {
		return this.rollout.id();
	}

	void start() {
		this.mirror.start();
		this.thread.start();
	}

	/** Only the newest state matters. */
	private void changed(Snapshot snapshot, FleetKeys fleet) {
		RolloutState next = RolloutState.of(snapshot, this.rollout, fleet);
		this.states.poll();
		boolean unused = this.states.offer(next);
	}

	private void run() {
		try {
			long wait = RETRY_MILLIS * 1_000_000;
			while (!this.closed && wait >= 0) {
				RolloutState next = this.states.poll(Math.min(wait, DRIVER_RENEWAL_NANOS / 2), TimeUnit.NANOSECONDS);
				this.state = (next != null) ? next : this.state;
				wait = drive();
			}
		}
		catch (InterruptedException ex) {
			// closed
		}
		finally {
			this.mirror.close();
			release();
			this.ended.accept(this);
		}
	}

	/**
	 * Renew what is due, and act on the current state.
	 * @return how long to wait for another state, in nanoseconds; negative if this
	 * process no longer drives
	 */
	private long drive() throws InterruptedException {
		try {
			renew();
			RolloutState current = this.state;
			if (current == null) {
				return DRIVER_RENEWAL_NANOS;
			}
			if (current.hasEnded() || !current.isDrivenBy(this.token)) {
				return -1;
			}
			Decision decision = this.progress.decide(current, System.nanoTime());
			if (decision instanceof Wait pause) {
				return pause.nanos();
			}
			act(decision, current);
			// the next decision requires the state that follows
			this.state = null;
			return DRIVER_RENEWAL_NANOS;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.NOT_FOUND) {
				return -1;
			}
			if (ex.reason() == Reason.PERMISSION_DENIED) {
				logger.warn("Rollout " + id() + " cannot be driven by this process: " + ex.getMessage()
						+ ". Grant the user a role with permission to write " + this.rollout.directories()
						+ " and to read the fleet");
				return -1;
			}
			return TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS + ThreadLocalRandom.current().nextLong(RETRY_MILLIS));
		}
	}

	private void renew() throws EtcdRequestException, InterruptedException {
		long now = System.nanoTime();
		if (now - this.driverRenewed > DRIVER_RENEWAL_NANOS) {
			this.store.renew(this.driverLease);
			this.driverRenewed = now;
		}
		if (this.state != null && now - this.renewed > RENEWAL_NANOS) {
			for (long lease : leases(this.state)) {
				this.store.renew(lease);
			}
			this.renewed = now;
		}
	}

	private static Set<Long> leases(RolloutState state) {
		Set<Long> leases = new HashSet<>();
		state.parts().values().stream().map(KeyValue::getLease).filter((lease) -> lease != 0).forEach(leases::add);
		return leases;
	}

	private void act(Decision decision, RolloutState current) throws EtcdRequestException, InterruptedException {
		Rollout known = (current.rollout() != null) ? current.rollout() : this.rollout;
		if (decision instanceof Advance next) {
			if (this.store.replace(current, known.advancedTo(next.step(), next.targets()), this.token)) {
				logger.info("Rollout " + id() + " is at step " + next.step() + " of " + known.steps().size() + " on "
						+ next.targets().size() + " instances");
			}
		}
		else if (decision instanceof Stop stop) {
			stop(current, known, stop.reason());
		}
		else if (decision instanceof Write) {
			write(current, known);
		}
		else if (decision instanceof Delete) {
			this.store.delete(current, known, this.token);
		}
	}

	private void write(RolloutState current, Rollout known) throws EtcdRequestException, InterruptedException {
		try {
			if (this.store.write(current, known, this.token)) {
				logger.info("Rollout " + id() + " is written for all instances");
			}
		}
		catch (EtcdConfigConflictException ex) {
			stop(current, known, "concurrent modification of " + String.join(", ", ex.getRevisions().keySet()));
		}
	}

	private void stop(RolloutState current, Rollout known, String reason)
			throws EtcdRequestException, InterruptedException {
		if (this.store.replace(current, known.stoppedFor(reason), this.token)) {
			logger.warn("Rollout " + id() + " is stopped: " + reason);
		}
	}

	/** Another process may take over at once. */
	private void release() {
		boolean interrupted = Thread.interrupted();
		try {
			this.store.revoke(this.driverLease);
		}
		catch (EtcdRequestException ex) {
			logger.debug("Failed to revoke the lease of the driver of rollout " + id() + ", which expires", ex);
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.closed = true;
		this.thread.interrupt();
		try {
			this.thread.join(CLOSE_TIMEOUT_MILLIS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
