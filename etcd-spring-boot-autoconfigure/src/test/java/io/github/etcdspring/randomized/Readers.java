package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

import io.github.etcdspring.randomized.Observer.Pair;

/**
 * Threads that continuously read instances and configuration and call the instances, as
 * in an application.
 */
final class Readers implements AutoCloseable {

	private final List<Thread> threads = new ArrayList<>();

	private final Journal journal;

	private volatile boolean closed;

	private Readers(Journal journal) {
		this.journal = journal;
	}

	static Readers start(Journal journal, Observer observer, ExpectedInstances expectedInstances,
			ExpectedConfiguration expectedConfiguration, ExpectedCalls expectedCalls) {
		Readers readers = new Readers(journal);
		readers.repeat("catalog", Duration.ofMillis(20), () -> {
			Set<String> listed = observer.catalog().keySet();
			expectedInstances.sample(listed);
			expectedCalls.sample(listed);
			if (!expectedInstances.isDisturbed()) {
				expectedConfiguration.sample(observer.live(), expectedInstances.undisturbedSince());
			}
		});
		readers.repeat("scoped", Duration.ofMillis(1), () -> readers.check("refresh-scoped bean", observer.scoped()));
		readers.repeat("bound", Duration.ofMillis(1), () -> {
			readers.check("live record", observer.live());
			readers.check("rolled out record", observer.trial());
			readers.check("properties bean", observer.bean());
		});
		for (CallingClient client : CallingClient.values()) {
			readers.repeat(client.name(), Duration.ofMillis(40), () -> expectedCalls.ended(observer.call(client)));
		}
		return readers;
	}

	private void check(String reader, Pair pair) {
		if (pair.isInconsistent()) {
			this.journal.violation("pair of different revisions in a " + reader + ": " + pair);
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
