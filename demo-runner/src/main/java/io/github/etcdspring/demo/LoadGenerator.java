package io.github.etcdspring.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Sends requests at a constant rate without waiting for responses, so that a slow server
 * does not reduce the load.
 */
final class LoadGenerator implements AutoCloseable {

	private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(20);

	private final Supplier<CompletableFuture<CallResult>> calling;

	private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor((sending) -> {
		Thread thread = new Thread(sending, "load");
		thread.setDaemon(true);
		return thread;
	});

	private final AtomicInteger inFlight = new AtomicInteger();

	private List<CallResult> calls = new ArrayList<>();

	private LoadGenerator(Supplier<CompletableFuture<CallResult>> calling) {
		this.calling = calling;
	}

	static LoadGenerator start(Supplier<CompletableFuture<CallResult>> calling, int callsPerSecond) {
		LoadGenerator load = new LoadGenerator(calling);
		load.sender.scheduleAtFixedRate(load::send, 0, TimeUnit.SECONDS.toNanos(1) / callsPerSecond,
				TimeUnit.NANOSECONDS);
		return load;
	}

	private void send() {
		this.inFlight.incrementAndGet();
		this.calling.get().thenAccept(this::ended);
	}

	private synchronized void ended(CallResult call) {
		this.calls.add(call);
		this.inFlight.decrementAndGet();
	}

	/**
	 * Return and forget the requests completed so far.
	 */
	synchronized CallResults take() {
		List<CallResult> taken = this.calls;
		this.calls = new ArrayList<>();
		return new CallResults(taken);
	}

	/**
	 * Stop sending and wait for the requests in flight.
	 * @return the requests completed since the last {@link #take()}
	 */
	CallResults end() throws InterruptedException {
		close();
		this.sender.awaitTermination(1, TimeUnit.SECONDS);
		if (!Timing.await(() -> this.inFlight.get() == 0, DRAIN_TIMEOUT)) {
			throw new IllegalStateException(
					this.inFlight + " requests did not complete within " + DRAIN_TIMEOUT.toSeconds() + " s");
		}
		return take();
	}

	@Override
	public void close() {
		this.sender.shutdown();
	}

}
