package io.github.etcdspring.benchmarks.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.benchmarks.load.CallTracker.Call;
import io.github.etcdspring.testsupport.EtcdServer;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Calls three instances through each kind of client while one of them has a fault, with
 * retries and without. Fails if more calls fail than the fault may cost:
 * <ul>
 * <li>with retries, the calls in flight to the instance when it is killed. An instance
 * that hangs is noticed after 250 ms without an answer: the calls in flight until then,
 * and one for each trial;</li>
 * <li>without retries, one for each thread that calls and one for each trial.</li>
 * </ul>
 */
final class CallFaultsLoadTest {

	private static final int INSTANCES = 3;

	private static final int CALLERS = 32;

	private static final long PER_SECOND = 200;

	private static final Duration UNDISTURBED = Duration.ofSeconds(4);

	/** Default of {@code ejection.unanswered-after}. */
	private static final Duration UNANSWERED_AFTER = Duration.ofMillis(250);

	private static final Duration RECOVERY_TIMEOUT = Duration.ofMinutes(2);

	private final EtcdServer etcd;

	private final List<CallClient> clients;

	private final Duration disturbed;

	private final List<Provider> providers = new ArrayList<>();

	private final List<String> failures = new ArrayList<>();

	private final AtomicLong ids = new AtomicLong();

	CallFaultsLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.clients = (small) ? List.of(CallClient.REST_CLIENT, CallClient.WEB_CLIENT) : List.of(CallClient.values());
		this.disturbed = Duration.ofSeconds((small) ? 4 : 8);
	}

	List<String> run() throws Exception {
		System.out.println("| fault | client | retry | calls | failed | in flight | limit | undisturbed median | p99"
				+ " | during the fault median | p99 | ratio of medians | of p99 |");
		System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
		try {
			for (int i = 0; i < INSTANCES; i++) {
				this.providers.add(new Provider(this.etcd));
			}
			for (boolean retry : List.of(true, false)) {
				try (ConfigurableApplicationContext context = caller(retry)) {
					CallTracker tracker = context.getBean(CallTracker.class);
					for (CallClient client : this.clients) {
						Function<String, @Nullable String> calls = client.of(context);
						for (CallFault fault : CallFault.values()) {
							awaitAllCalled(tracker, calls);
							measure(fault, client, retry, tracker, calls);
						}
					}
				}
			}
		}
		finally {
			this.providers.forEach(Provider::close);
		}
		return this.failures;
	}

	private ConfigurableApplicationContext caller(boolean retry) {
		return Application.run(CallClient.Clients.class, this.etcd.endpoint(), "caller",
				"--spring.cloud.etcd.discovery.register=false",
				"--spring.cloud.etcd.loadbalancer.retry.enabled=" + retry,
				"--spring.cloud.openfeign.client.config.default.connect-timeout="
						+ CallClient.CONNECT_TIMEOUT.toMillis(),
				"--spring.cloud.openfeign.client.config.default.read-timeout=" + CallClient.READ_TIMEOUT.toMillis());
	}

	/** Wait until each instance is called and each call is answered. */
	private void awaitAllCalled(CallTracker tracker, Function<String, @Nullable String> calls)
			throws InterruptedException {
		long limit = System.nanoTime() + RECOVERY_TIMEOUT.toNanos();
		while (true) {
			Set<Integer> answered = new HashSet<>();
			boolean failed = false;
			for (int i = 0; i < 10 * INSTANCES; i++) {
				Call call = tracker.call(nextId(), calls);
				failed |= call.failure() != null;
				call.attempts().forEach((attempt) -> answered.add(attempt.port()));
			}
			if (!failed && this.providers.stream().allMatch((provider) -> answered.contains(provider.port))) {
				return;
			}
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("Not all instances were called after a fault: " + answered);
			}
			Thread.sleep(100);
		}
	}

	private void measure(CallFault fault, CallClient client, boolean retry, CallTracker tracker,
			Function<String, @Nullable String> calls) throws Exception {
		Provider victim = this.providers.get(0);
		long start = System.nanoTime();
		long end = start + UNDISTURBED.plus(this.disturbed).toNanos();
		Queue<Call> made = new ConcurrentLinkedQueue<>();
		List<Thread> threads = start(tracker, calls, made, start, end);
		LockSupport.parkNanos(start + UNDISTURBED.toNanos() - System.nanoTime());
		long begun = System.nanoTime();
		victim.begin(fault);
		long done = System.nanoTime();
		for (Thread thread : threads) {
			thread.join();
		}
		victim.end(fault);
		if (fault == CallFault.KILL) {
			this.providers.set(0, new Provider(this.etcd));
		}
		report(fault, client, retry, List.copyOf(made), victim.port, begun, done);
	}

	private List<Thread> start(CallTracker tracker, Function<String, @Nullable String> calls, Queue<Call> made,
			long start, long end) {
		AtomicLong next = new AtomicLong();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			Thread thread = new Thread(() -> {
				for (long due = start; due - end < 0;) {
					due = start + next.getAndIncrement() * 1_000_000_000L / PER_SECOND;
					while (System.nanoTime() - due < 0) {
						LockSupport.parkNanos(due - System.nanoTime());
					}
					if (due - end < 0) {
						made.add(tracker.call(nextId(), calls));
					}
				}
			}, "caller-" + i);
			thread.start();
			threads.add(thread);
		}
		return threads;
	}

	private String nextId() {
		return String.valueOf(this.ids.incrementAndGet());
	}

	private void report(CallFault fault, CallClient client, boolean retry, List<Call> made, int victim, long begun,
			long done) {
		List<Call> before = made.stream().filter((call) -> call.end() - begun < 0).toList();
		List<Call> during = made.stream().filter((call) -> call.end() - begun >= 0).toList();
		long failedBefore = before.stream().filter((call) -> call.failure() != null).count();
		long failed = during.stream().filter((call) -> call.failure() != null).count();
		long inFlight = inFlight(during, victim, begun, done);
		long limit;
		if (!retry) {
			limit = CALLERS + trials();
		}
		else if (fault.isNoticedImmediately()) {
			limit = inFlight;
		}
		else {
			limit = inFlight(during, victim, begun, done + UNANSWERED_AFTER.toNanos()) + trials();
		}
		Latencies undisturbed = latencies(before);
		Latencies disturbed = latencies(during);
		System.out.printf(Locale.ROOT, "| %s | %s | %s | %d | %d | %d | %d | %s | %s | %.2f | %.2f |%n", fault.text(),
				client.text(), (retry) ? "on" : "off", during.size(), failed, inFlight, limit, cells(undisturbed),
				cells(disturbed), disturbed.millis(0.5) / undisturbed.millis(0.5),
				disturbed.millis(0.99) / undisturbed.millis(0.99));
		String row = fault.text() + ", " + client.text() + ", retry " + ((retry) ? "on" : "off");
		if (failed > limit) {
			this.failures.add(row + ": " + failed + " calls failed instead of at most " + limit);
		}
		if (failedBefore > 0) {
			this.failures.add(row + ": " + failedBefore + " calls failed before the fault");
		}
	}

	private static long inFlight(List<Call> calls, int port, long from, long to) {
		return calls.stream().filter((call) -> call.wasInFlight(port, from, to)).count();
	}

	/** Trial calls with defaults: after 1, 2, 4 seconds and so on, a fifth earlier. */
	private long trials() {
		long trials = 0;
		double pause = 0.8;
		for (double rest = this.disturbed.toSeconds() - pause; rest >= 0; rest -= pause) {
			trials++;
			pause *= 2;
		}
		return trials;
	}

	private static Latencies latencies(List<Call> calls) {
		return new Latencies(calls.stream()
			.filter((call) -> call.failure() == null)
			.map((call) -> call.end() - call.start())
			.toList());
	}

	private static String cells(Latencies latencies) {
		return String.format(Locale.ROOT, "%.2f ms | %.2f ms", latencies.millis(0.5), latencies.millis(0.99));
	}

	/**
	 * A process with one instance.
	 */
	private static final class Provider implements AutoCloseable {

		private final ChildProcess process;

		private final int port;

		Provider(EtcdServer etcd) throws InterruptedException {
			this.process = ChildProcess.start(CallsProvider.class, null, etcd.endpoint());
			this.port = Integer.parseInt(this.process.ask("start behind proxy"));
		}

		void begin(CallFault fault) throws IOException, InterruptedException {
			switch (fault) {
				case KILL -> this.process.kill();
				case STOP -> signal("STOP");
				case CUT -> this.process.ask("drop");
			}
		}

		void end(CallFault fault) throws IOException, InterruptedException {
			switch (fault) {
				case KILL -> close();
				case STOP -> signal("CONT");
				case CUT -> this.process.ask("restore");
			}
		}

		private void signal(String signal) throws IOException, InterruptedException {
			new ProcessBuilder("kill", "-" + signal, String.valueOf(this.process.pid())).inheritIO().start().waitFor();
		}

		@Override
		public void close() {
			this.process.close();
		}

	}

}
