package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.randomized.Observer.Pair;

/**
 * The configuration as it is written: ever higher numbers, each twice in one transaction,
 * and now and then something that is not valid.
 */
final class Numbers {

	/** Until a change has to be in force. */
	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String FIRST = "/config/application/drawn/pair/first";

	private static final String SECOND = "/config/" + Observer.SERVICE + "/drawn/pair/second";

	private static final String DOCUMENT = "/config/" + Observer.SERVICE + "/drawn.yaml";

	private final Journal journal;

	private int highest;

	private int inEtcd;

	private boolean valid = true;

	/**
	 * The lowest that may be in force, which is more than one while etcd's is invalid.
	 */
	private int lowest;

	private int saved;

	private boolean savedValid;

	private long changedAt = System.nanoTime();

	Numbers(Journal journal) {
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
		keys.put(DOCUMENT, "drawn.other: " + number);
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
		keys.put((document) ? DOCUMENT : SECOND, (document) ? "drawn: [" : "no number");
		// before it is sent, as it may be refused before the answer is here
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
		this.inEtcd = number;
		this.valid = isValid;
		this.changedAt = System.nanoTime();
	}

	/**
	 * Whether a pair is what should be in force once all has come to rest.
	 */
	synchronized boolean isFinal(Pair pair) {
		return (this.valid) ? pair.first() == this.inEtcd
				: pair.first() <= this.highest && pair.first() >= Math.min(this.lowest, this.inEtcd);
	}

	/** All has come to rest. */
	synchronized void confirmed(Pair pair) {
		this.lowest = pair.first();
	}

	/**
	 * Look at what is in force right now.
	 * @param pair what was read
	 * @param calmSince since when nothing has disturbed the connection
	 */
	synchronized void sample(Pair pair, long calmSince) {
		long now = System.nanoTime();
		if (this.valid && pair.first() != this.inEtcd && now - Math.max(calmSince, this.changedAt) > SOON.toNanos()) {
			this.journal.violation("the configuration is still " + pair + " and not " + this.inEtcd);
			this.changedAt = now;
		}
	}

	@Override
	public synchronized String toString() {
		return "number " + this.inEtcd + ((this.valid) ? "" : ", then something invalid");
	}

}
