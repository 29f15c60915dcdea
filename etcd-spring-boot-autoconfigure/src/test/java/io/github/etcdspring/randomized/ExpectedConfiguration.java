package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.randomized.Observer.Pair;

/**
 * Model of the configuration in etcd: increasing numbers, each written twice in one
 * transaction, and sometimes an invalid value.
 */
final class ExpectedConfiguration {

	/** Maximum time until a change is applied. */
	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String FIRST = "/config/application/randomized/pair/first";

	private static final String SECOND = "/config/" + Observer.SERVICE + "/randomized/pair/second";

	private static final String DOCUMENT = "/config/" + Observer.SERVICE + "/randomized.yaml";

	private final Journal journal;

	private int highest;

	private int inEtcd;

	private boolean valid = true;

	/**
	 * The lowest number since the last confirmed one, which may be applied while the
	 * configuration in etcd is invalid.
	 */
	private int lowest;

	private int saved;

	private boolean savedValid;

	private long changedAt = System.nanoTime();

	ExpectedConfiguration(Journal journal) {
		this.journal = journal;
	}

	Map<String, String> nextPair() {
		int number;
		synchronized (this) {
			number = ++this.highest;
		}
		Map<String, String> keys = new LinkedHashMap<>();
		keys.put(FIRST, "" + number);
		keys.put(SECOND, "" + number);
		keys.put(DOCUMENT, "randomized.other: " + number);
		return keys;
	}

	void write(TestConnection etcd) {
		etcd.transaction(nextPair());
		synchronized (this) {
			become(this.highest, true);
		}
	}

	void delete(TestConnection etcd) {
		Map<String, String> keys = new LinkedHashMap<>();
		nextPair().keySet().forEach((key) -> keys.put(key, ""));
		etcd.transaction(keys);
		become(0, true);
	}

	void invalidate(TestConnection etcd, boolean document) {
		Map<String, String> keys = nextPair();
		keys.put((document) ? DOCUMENT : SECOND, (document) ? "randomized: [" : "no number");
		// before the write, as it may be rejected before the response arrives
		synchronized (this) {
			this.valid = false;
		}
		etcd.transaction(keys);
	}

	synchronized void wiped() {
		become(0, true);
	}

	synchronized void saved() {
		this.saved = this.inEtcd;
		this.savedValid = this.valid;
	}

	synchronized void restored() {
		if (this.savedValid) {
			become(this.saved, true);
		}
		else {
			this.valid = false;
			this.changedAt = System.nanoTime();
		}
	}

	private synchronized void become(int number, boolean isValid) {
		// It may have been applied before an outage during which it was followed by
		// others
		this.lowest = Math.min(this.lowest, number);
		this.inEtcd = number;
		this.valid = isValid;
		this.changedAt = System.nanoTime();
	}

	/**
	 * Return whether a pair is the expected one after all changes have arrived.
	 */
	synchronized boolean isFinal(Pair pair) {
		return (this.valid) ? pair.first() == this.inEtcd : pair.first() <= this.highest && pair.first() >= this.lowest;
	}

	synchronized boolean isValid() {
		return this.valid;
	}

	/** Record the pair that is applied after all changes have arrived. */
	synchronized void confirmed(Pair pair) {
		this.lowest = pair.first();
	}

	/**
	 * Compare the model with the pair that is currently applied.
	 * @param pair the pair
	 * @param undisturbedSince end of the last fault
	 */
	synchronized void sample(Pair pair, long undisturbedSince) {
		long now = System.nanoTime();
		if (this.valid && pair.first() != this.inEtcd
				&& now - Math.max(undisturbedSince, this.changedAt) > SOON.toNanos()) {
			this.journal.violation("the configuration is still " + pair + " and not " + this.inEtcd);
			this.changedAt = now;
		}
	}

	@Override
	public synchronized String toString() {
		return "number " + this.inEtcd + ((this.valid) ? "" : ", followed by an invalid value");
	}

}
