package io.github.etcdspring.benchmarks.load;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/**
 * Starts a cold JVM beside two warm ones under constant load, and measures the calls of
 * the first ten seconds, without a slow start and with several durations in turn.
 */
final class ColdStartLoadTest {

	private static final String URL = "http://" + ColdProvider.SERVICE + "/orders/{id}";

	private static final int CALLERS = 32;

	private static final long PER_SECOND = 200;

	private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

	private static final long WARM_UP = TimeUnit.SECONDS.toNanos(5);

	private static final long SLOW = TimeUnit.MILLISECONDS.toNanos(100);

	private static final List<String> DURATIONS = List.of("0s", "2s", "5s", "10s");

	private final EtcdServer etcd;

	private final int rounds;

	private final Map<String, Measured> measured = new LinkedHashMap<>();

	private final List<String> failures = new ArrayList<>();

	ColdStartLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.rounds = (small) ? 1 : 6;
	}

	List<String> run() throws Exception {
		List<ConfigurableApplicationContext> callers = new ArrayList<>();
		ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
		try (ChildProcess one = provider(); ChildProcess two = provider()) {
			one.next();
			two.next();
			for (String duration : DURATIONS) {
				callers.add(Application.run(Clients.class, this.etcd.endpoint(), "caller",
						"--spring.cloud.etcd.discovery.register=false",
						"--spring.cloud.etcd.loadbalancer.slow-start.duration=" + duration));
				this.measured.put(duration, new Measured());
			}
			for (ConfigurableApplicationContext caller : callers) {
				await(() -> instances(caller) == 2);
				load(caller, threads, WARM_UP, new ConcurrentLinkedQueue<>());
			}
			for (int round = 0; round < this.rounds; round++) {
				for (int i = 0; i < DURATIONS.size(); i++) {
					round(callers.get(i), threads, Objects.requireNonNull(this.measured.get(DURATIONS.get(i))));
				}
			}
		}
		finally {
			threads.shutdownNow();
			callers.forEach(ConfigurableApplicationContext::close);
		}
		report();
		return this.failures;
	}

	private ChildProcess provider() {
		return ChildProcess.start(ColdProvider.class, null, this.etcd.endpoint());
	}

	private static int instances(ConfigurableApplicationContext caller) {
		return caller.getBean(DiscoveryClient.class).getInstances(ColdProvider.SERVICE).size();
	}

	private static void await(BooleanSupplier condition) {
		long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("The instances did not change within 1 minute");
			}
			LockSupport.parkNanos(1_000_000);
		}
	}

	/** One start of a cold JVM. */
	private void round(ConfigurableApplicationContext caller, ExecutorService threads, Measured measured)
			throws Exception {
		await(() -> instances(caller) == 2);
		Queue<Call> calls = new ConcurrentLinkedQueue<>();
		AtomicLong appeared = new AtomicLong();
		try (ChildProcess cold = provider()) {
			Thread observer = new Thread(() -> {
				await(() -> instances(caller) == 3);
				appeared.set(System.nanoTime());
			}, "observer");
			observer.start();
			while (appeared.get() == 0) {
				load(caller, threads, TimeUnit.MILLISECONDS.toNanos(500), calls);
			}
			load(caller, threads, WINDOW, calls);
			int port = Integer.parseInt(cold.next());
			Measured start = new Measured();
			calls.stream()
				.filter((call) -> call.start() - appeared.get() >= 0 && call.start() - appeared.get() < WINDOW)
				.forEach((call) -> start.add(call, port));
			measured.add(start);
			System.err.printf(Locale.ROOT, "| %s | load average %.1f%n", start.cells(),
					ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		}
	}

	/** Make calls at a constant rate. The time of a call includes its delay. */
	private void load(ConfigurableApplicationContext caller, ExecutorService threads, long duration, Queue<Call> calls)
			throws Exception {
		RestClient client = caller.getBean(RestClient.class);
		AtomicLong next = new AtomicLong();
		long start = System.nanoTime();
		long count = duration * PER_SECOND / TimeUnit.SECONDS.toNanos(1);
		List<Future<?>> done = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			done.add(threads.submit(() -> {
				for (long call = next.getAndIncrement(); call < count; call = next.getAndIncrement()) {
					long due = start + call * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
					while (System.nanoTime() - due < 0) {
						LockSupport.parkNanos(due - System.nanoTime());
					}
					call(client, due, calls);
				}
			}));
		}
		for (Future<?> thread : done) {
			thread.get();
		}
	}

	private void call(RestClient client, long due, Queue<Call> calls) {
		int port = client.get().uri(URL, due % 1_000_000).exchange((request, response) -> {
			response.getBody().readAllBytes();
			if (response.getStatusCode().isError()) {
				throw new IllegalStateException("Status " + response.getStatusCode());
			}
			return Integer.parseInt(String.valueOf(response.getHeaders().getFirst(ColdProvider.PORT)));
		});
		calls.add(new Call(due, System.nanoTime() - due, port));
	}

	private void report() {
		System.out
			.println("| slow start | starts | calls | median | p99 | max | of these to the new instance | median | p99"
					+ " | max | slower than 100 ms |");
		System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
		this.measured.forEach((duration, calls) -> System.out
			.println("| " + duration + " | " + this.rounds + " | " + calls.cells() + " |"));
		System.out.printf(Locale.ROOT, "%n%d calls/s by one caller, in the first 10 s of the new instance. Each time"
				+ " includes the delay of the call.%n", PER_SECOND);
		this.measured.forEach((duration, calls) -> {
			if (calls.toNew.isEmpty()) {
				this.failures.add("No call reached the new instance with a slow start of " + duration);
			}
		});
	}

	/**
	 * A call, with monotonic times.
	 */
	private record Call(long start, long nanos, int port) {

	}

	/**
	 * Times of the calls with one duration.
	 */
	private static final class Measured {

		private final List<Long> all = new ArrayList<>();

		private final List<Long> toNew = new ArrayList<>();

		void add(Call call, int newPort) {
			this.all.add(call.nanos());
			if (call.port() == newPort) {
				this.toNew.add(call.nanos());
			}
		}

		void add(Measured other) {
			this.all.addAll(other.all);
			this.toNew.addAll(other.toNew);
		}

		String cells() {
			return String.format(Locale.ROOT, "%d | %s | %d | %s | %d", this.all.size(),
					new Latencies(this.all).cells(), this.toNew.size(), new Latencies(this.toNew).cells(),
					this.toNew.stream().filter((nanos) -> nanos > SLOW).count());
		}

	}

	/**
	 * A load-balanced client.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Clients {

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			return RestClient.builder().requestFactory(new JdkClientHttpRequestFactory());
		}

		@Bean
		RestClient restClient(RestClient.Builder builder) {
			return builder.build();
		}

	}

}
