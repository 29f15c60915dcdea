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
 * Calls at a constant rate that does not wait for the answers: a server that hesitates
 * gets no fewer of them.
 */
final class Load implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final Supplier<CompletableFuture<Call>> calling;

	private final ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor((sending) -> {
		Thread thread = new Thread(sending, "load");
		thread.setDaemon(true);
		return thread;
	});

	private final AtomicInteger underWay = new AtomicInteger();

	private List<Call> calls = new ArrayList<>();

	private Load(Supplier<CompletableFuture<Call>> calling) {
		this.calling = calling;
	}

	static Load on(Supplier<CompletableFuture<Call>> calling, int callsPerSecond) {
		Load load = new Load(calling);
		load.sender.scheduleAtFixedRate(load::send, 0, TimeUnit.SECONDS.toNanos(1) / callsPerSecond,
				TimeUnit.NANOSECONDS);
		return load;
	}

	private void send() {
		this.underWay.incrementAndGet();
		this.calling.get().thenAccept(this::ended);
	}

	private synchronized void ended(Call call) {
		this.calls.add(call);
		this.underWay.decrementAndGet();
	}

	/**
	 * The calls that have ended since this was last asked for.
	 */
	synchronized Calls take() {
		List<Call> taken = this.calls;
		this.calls = new ArrayList<>();
		return new Calls(taken);
	}

	/**
	 * Send no more calls and wait for those under way.
	 * @return the calls that have ended since they were last asked for
	 */
	Calls end() throws InterruptedException {
		close();
		this.sender.awaitTermination(1, TimeUnit.SECONDS);
		if (!Clock.await(() -> this.underWay.get() == 0, PATIENCE)) {
			throw new IllegalStateException(this.underWay + " calls neither succeed nor fail");
		}
		return take();
	}

	@Override
	public void close() {
		this.sender.shutdown();
	}

}
