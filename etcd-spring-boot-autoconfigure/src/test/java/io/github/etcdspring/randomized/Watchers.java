package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.randomized.Observer.Pair;

/**
 * Threads that read all the time, as those of an application do.
 */
final class Watchers implements AutoCloseable {

	private final List<Thread> threads = new ArrayList<>();

	private final Journal journal;

	private volatile boolean closed;

	private Watchers(Journal journal) {
		this.journal = journal;
	}

	static Watchers start(Journal journal, Observer observer, Fleet fleet, Numbers numbers) {
		Watchers watchers = new Watchers(journal);
		watchers.repeat("catalog", Duration.ofMillis(20), () -> {
			fleet.sample(observer.catalog().keySet());
			if (!fleet.isDisturbed()) {
				numbers.sample(observer.live(), fleet.calmSince());
			}
		});
		watchers.repeat("scoped", Duration.ofMillis(1), () -> watchers.check("refresh-scoped bean", observer.scoped()));
		watchers.repeat("bound", Duration.ofMillis(1), () -> {
			watchers.check("live record", observer.live());
			watchers.check("properties bean", observer.bean());
		});
		return watchers;
	}

	private void check(String reader, Pair pair) {
		if (pair.isTorn()) {
			this.journal.violation("torn in a " + reader + ": " + pair);
		}
	}

	private void repeat(String name, Duration pause, Runnable look) {
		Thread thread = new Thread(() -> {
			try {
				while (!this.closed) {
					look.run();
					LockSupport.parkNanos(pause.toNanos());
				}
			}
			catch (RuntimeException ex) {
				this.journal.violation("a reader failed: " + ex);
			}
		}, "randomized-" + name);
		thread.setDaemon(true);
		this.threads.add(thread);
		thread.start();
	}

	@Override
	public void close() throws InterruptedException {
		this.closed = true;
		for (Thread thread : this.threads) {
			thread.join(Duration.ofSeconds(10).toMillis());
		}
	}

}
