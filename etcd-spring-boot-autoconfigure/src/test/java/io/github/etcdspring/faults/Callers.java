package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.faults.Witness.Pair;

/**
 * Looks at an application every 20 ms, and notes what nobody must ever see: an instance
 * that goes while its key stands or etcd is away, and a pair of which only half is
 * current.
 */
final class Callers implements AutoCloseable {

	private static final long INTERVAL = Duration.ofMillis(20).toNanos();

	private static final int MOST_FAULTS = 20;

	private final Witness witness;

	private final Thread thread = new Thread(this::look, "witness");

	private final List<String> faults = new ArrayList<>();

	private final Set<String> known = new HashSet<>();

	private boolean tolerant;

	private boolean halves;

	private long looks;

	/** Since when, 0 if not. */
	private long unlistedSince;

	private Duration unlisted = Duration.ZERO;

	private long staleAt;

	private int awaited = Integer.MAX_VALUE;

	private long configuredAt;

	private long discoveredAt;

	private volatile boolean closed;

	Callers(Witness witness) {
		this.witness = witness;
		this.thread.setDaemon(true);
		this.thread.start();
	}

	private void look() {
		while (!this.closed) {
			try {
				see(this.witness.others(), this.witness.pairs(), this.witness.isListed(), this.witness.isSynced(),
						System.nanoTime());
			}
			catch (RuntimeException ex) {
				fault("A look failed: " + ex);
			}
			LockSupport.parkNanos(INTERVAL);
		}
	}

	private synchronized void see(Set<String> others, List<Pair> pairs, boolean listed, boolean synced, long now) {
		this.looks++;
		if (!this.tolerant && !others.containsAll(this.known)) {
			fault("Of the instances " + this.known + " only " + others + " were to be seen");
		}
		this.known.addAll(others);
		for (Pair pair : pairs) {
			if (!this.halves && pair.first() != pair.second()) {
				fault("Torn: " + pair);
			}
		}
		if (listed && this.unlistedSince != 0) {
			this.unlisted = this.unlisted.plusNanos(now - this.unlistedSince);
		}
		this.unlistedSince = (listed) ? 0 : (this.unlistedSince != 0) ? this.unlistedSince : now;
		if (!synced && this.staleAt == 0) {
			this.staleAt = now;
		}
		if (this.discoveredAt == 0 && others.contains(Witness.id(this.awaited))) {
			this.discoveredAt = now;
		}
		if (this.configuredAt == 0 && pairs.stream().allMatch((pair) -> pair.first() == this.awaited)) {
			this.configuredAt = now;
		}
	}

	private synchronized void fault(String text) {
		if (this.faults.size() < MOST_FAULTS) {
			this.faults.add(text);
		}
	}

	/**
	 * Forget what was before.
	 */
	synchronized void begin() {
		this.faults.clear();
		this.known.clear();
		this.tolerant = false;
		this.halves = false;
		this.looks = 0;
		this.unlisted = Duration.ZERO;
		this.unlistedSince = 0;
		this.staleAt = 0;
		await(Integer.MAX_VALUE);
	}

	/**
	 * Instances may go from now on, as etcd loses what it held.
	 */
	synchronized void tolerate() {
		this.tolerant = true;
	}

	/**
	 * Half of a pair may be current, as the other half may not be read.
	 */
	synchronized void tolerateHalves() {
		this.halves = true;
	}

	synchronized boolean isTolerant() {
		return this.tolerant;
	}

	/**
	 * Look for what has been written.
	 * @param number number of the pair and of the instance
	 */
	synchronized void await(int number) {
		this.awaited = number;
		this.configuredAt = 0;
		this.discoveredAt = 0;
	}

	synchronized long configuredAt() {
		return this.configuredAt;
	}

	synchronized long discoveredAt() {
		return this.discoveredAt;
	}

	/**
	 * When it was first said that something is out of date, 0 if that was not.
	 */
	synchronized long staleAt() {
		return this.staleAt;
	}

	/**
	 * How long the application itself was not among the instances.
	 */
	synchronized Duration unlisted() {
		return this.unlisted;
	}

	synchronized int known() {
		return this.known.size();
	}

	synchronized long looks() {
		return this.looks;
	}

	synchronized List<String> faults() {
		return List.copyOf(this.faults);
	}

	@Override
	public void close() {
		this.closed = true;
		try {
			this.thread.join();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
