package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.faults.MonitoredApplication.Pair;

/**
 * Reads services and configuration of an application every 20 ms and records violations:
 * an instance that disappears although its key exists or etcd is unavailable, and a pair
 * of numbers of different revisions.
 */
final class ConsistencyMonitor implements AutoCloseable {

	private static final long INTERVAL = Duration.ofMillis(20).toNanos();

	private static final int MAX_VIOLATIONS = 20;

	private final MonitoredApplication application;

	private final Thread thread = new Thread(this::run, "consistency-monitor");

	private final List<String> violations = new ArrayList<>();

	private final Set<String> known = new HashSet<>();

	private boolean dataLossExpected;

	private boolean partialConfigurationExpected;

	private long samples;

	/** Since when the application has not been listed, 0 if it is listed. */
	private long unlistedSince;

	private Duration unlisted = Duration.ZERO;

	private long staleAt;

	private int awaited = Integer.MAX_VALUE;

	private long configuredAt;

	private long discoveredAt;

	private volatile boolean closed;

	ConsistencyMonitor(MonitoredApplication application) {
		this.application = application;
		this.thread.setDaemon(true);
		this.thread.start();
	}

	private void run() {
		while (!this.closed) {
			try {
				record(this.application.others(), this.application.pairs(), this.application.isListed(),
						this.application.isSynced(), System.nanoTime());
			}
			catch (RuntimeException ex) {
				addViolation("A read failed: " + ex);
			}
			LockSupport.parkNanos(INTERVAL);
		}
	}

	private synchronized void record(Set<String> others, List<Pair> pairs, boolean listed, boolean synced, long now) {
		this.samples++;
		if (!this.dataLossExpected && !others.containsAll(this.known)) {
			addViolation("Only " + others + " of the instances " + this.known + " were listed");
		}
		this.known.addAll(others);
		for (Pair pair : pairs) {
			if (!this.partialConfigurationExpected && pair.first() != pair.second()) {
				addViolation("Pair of different revisions: " + pair);
			}
		}
		if (listed && this.unlistedSince != 0) {
			this.unlisted = this.unlisted.plusNanos(now - this.unlistedSince);
		}
		this.unlistedSince = (listed) ? 0 : (this.unlistedSince != 0) ? this.unlistedSince : now;
		if (!synced && this.staleAt == 0) {
			this.staleAt = now;
		}
		if (this.discoveredAt == 0 && others.contains(MonitoredApplication.id(this.awaited))) {
			this.discoveredAt = now;
		}
		if (this.configuredAt == 0 && pairs.stream().allMatch((pair) -> pair.first() == this.awaited)) {
			this.configuredAt = now;
		}
	}

	private synchronized void addViolation(String text) {
		if (this.violations.size() < MAX_VIOLATIONS) {
			this.violations.add(text);
		}
	}

	/**
	 * Start a new measurement.
	 */
	synchronized void begin() {
		this.violations.clear();
		this.known.clear();
		this.dataLossExpected = false;
		this.partialConfigurationExpected = false;
		this.samples = 0;
		this.unlisted = Duration.ZERO;
		this.unlistedSince = 0;
		this.staleAt = 0;
		await(Integer.MAX_VALUE);
	}

	/**
	 * Allow instances to disappear, as etcd loses its data.
	 */
	synchronized void expectDataLoss() {
		this.dataLossExpected = true;
	}

	/**
	 * Allow half of a pair to be stale, as the application may not read the other half.
	 */
	synchronized void expectPartialConfiguration() {
		this.partialConfigurationExpected = true;
	}

	synchronized boolean isDataLossExpected() {
		return this.dataLossExpected;
	}

	/**
	 * Wait for a change to arrive.
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
	 * Return when the state was first reported as stale, 0 if it was not.
	 */
	synchronized long staleAt() {
		return this.staleAt;
	}

	/**
	 * Return how long the application itself was not listed.
	 */
	synchronized Duration unlisted() {
		return this.unlisted;
	}

	synchronized int known() {
		return this.known.size();
	}

	synchronized long samples() {
		return this.samples;
	}

	synchronized List<String> violations() {
		return List.copyOf(this.violations);
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
