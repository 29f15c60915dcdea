package io.github.etcdspring.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.testsupport.EtcdServer;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * Calls a service through load-balanced clients while instances are started, stopped and
 * killed. A call may fail only if it was in flight to a process at the moment of its
 * kill.
 */
final class CallsLoadTest {

	private static final String URL = "http://" + CallsProvider.SERVICE + CallsProvider.PATH;

	private static final int CALLERS = 8;

	private static final int RESTARTED = 3;

	private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(8);

	private final EtcdServer etcd;

	private final long calls;

	private final long perSecond;

	private final int kills;

	private final AtomicLong next = new AtomicLong();

	private final AtomicLong answered = new AtomicLong();

	private final Queue<Long> times = new ConcurrentLinkedQueue<>();

	private final Queue<Failure> failed = new ConcurrentLinkedQueue<>();

	/** Kills by port. */
	private final Map<Integer, Kill> killed = new ConcurrentHashMap<>();

	private int stops;

	private int starts;

	CallsLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.calls = (small) ? 10_000 : 100_000;
		this.perSecond = (small) ? 300 : 700;
		this.kills = (small) ? 1 : 3;
	}

	List<String> run() throws Exception {
		try (ChildProcess rolled = provider();
				ConfigurableApplicationContext caller = Application.run(Clients.class, this.etcd.endpoint(), "caller",
						"--spring.cloud.etcd.discovery.register=false")) {
			List<String> ports = new ArrayList<>();
			for (int i = 0; i < RESTARTED; i++) {
				ports.add(rolled.ask("start"));
				this.starts++;
			}
			try (KilledProvider victim = new KilledProvider()) {
				DiscoveryClient discovery = caller.getBean(DiscoveryClient.class);
				await(() -> discovery.getInstances(CallsProvider.SERVICE).size() > RESTARTED);
				churn(rolled, ports, victim, callers(caller));
			}
		}
		return report();
	}

	private ChildProcess provider() {
		return ChildProcess.start(CallsProvider.class, null, this.etcd.endpoint());
	}

	private static void await(Supplier<Boolean> condition) throws InterruptedException {
		long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
		while (!condition.get()) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("The instances were not found within 1 minute");
			}
			Thread.sleep(50);
		}
	}

	private List<Thread> callers(ConfigurableApplicationContext context) {
		RestClient restClient = context.getBean(RestClient.Builder.class).build();
		RestTemplate restTemplate = context.getBean(RestTemplate.class);
		List<Thread> callers = new ArrayList<>();
		long start = System.nanoTime();
		for (int i = 0; i < CALLERS; i++) {
			Supplier<@Nullable String> call = (i % 2 == 0)
					? () -> restClient.get().uri(URL).retrieve().body(String.class)
					: () -> restTemplate.getForObject(URL, String.class);
			Thread caller = new Thread(() -> call(call, start), "caller-" + i);
			caller.start();
			callers.add(caller);
		}
		return callers;
	}

	private void call(Supplier<@Nullable String> call, long start) {
		for (long i = this.next.getAndIncrement(); i < this.calls; i = this.next.getAndIncrement()) {
			long due = start + i * 1_000_000_000L / this.perSecond;
			while (System.nanoTime() - due < 0) {
				LockSupport.parkNanos(due - System.nanoTime());
			}
			if (System.nanoTime() - start > LIMIT_NANOS) {
				return;
			}
			long before = System.nanoTime();
			Clients.port.remove();
			try {
				if (!CallsProvider.ANSWER.equals(call.get())) {
					throw new IllegalStateException("No response");
				}
				this.answered.incrementAndGet();
			}
			catch (RuntimeException ex) {
				Integer port = Clients.port.get();
				this.failed.add(new Failure(before, System.nanoTime(), (port != null) ? port : 0, ex.toString()));
			}
			this.times.add(System.nanoTime() - before);
		}
	}

	/** Stop and start instances in turn until all calls are done. */
	private void churn(ChildProcess rolled, List<String> ports, KilledProvider victim, List<Thread> callers)
			throws Exception {
		int round = 0;
		while (callers.stream().anyMatch(Thread::isAlive)) {
			if (this.killed.size() < this.kills
					&& this.next.get() * (this.kills + 1) > this.calls * (this.killed.size() + 1)) {
				victim.replace();
			}
			int place = round++ % RESTARTED;
			rolled.ask(ports.get(place));
			this.stops++;
			ports.set(place, rolled.ask("start"));
			this.starts++;
			Thread.sleep(500);
		}
	}

	private List<String> report() {
		List<Failure> unexplained = this.failed.stream().filter((failure) -> !isExplained(failure)).toList();
		Latencies lags = new Latencies(this.times);
		System.out.println("| calls | answered | failed | of these in flight at a kill | unexplained"
				+ " | graceful stops | starts | kills | median | p99 | max |");
		System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
		System.out.printf(Locale.ROOT, "| %d | %d | %d | %d | %d | %d | %d | %d | %s |%n", this.times.size(),
				this.answered.get(), this.failed.size(), this.failed.size() - unexplained.size(), unexplained.size(),
				this.stops, this.starts, this.killed.size(), lags.cells());
		List<String> failures = new ArrayList<>();
		if (this.times.size() < this.calls) {
			failures.add("Only " + this.times.size() + " of " + this.calls + " calls were made within the time limit");
		}
		if (this.killed.size() < this.kills || this.stops == 0) {
			failures.add("Too few faults: " + this.killed.size() + " kills and " + this.stops + " graceful stops");
		}
		unexplained.stream()
			.limit(10)
			.forEach((failure) -> failures.add("A call to port " + failure.port() + ", " + secondsAfterKill(failure)
					+ " s after its kill: " + failure.reason()));
		return failures;
	}

	private boolean isExplained(Failure failure) {
		Kill kill = this.killed.get(failure.port());
		return kill != null && failure.end() - kill.start() > 0 && failure.start() - kill.end() < 0;
	}

	private double secondsAfterKill(Failure failure) {
		Kill kill = this.killed.get(failure.port());
		return (kill != null) ? (failure.start() - kill.start()) / 1e9 : 0;
	}

	/**
	 * A failed call, with monotonic times.
	 */
	private record Failure(long start, long end, int port, String reason) {

	}

	/**
	 * A kill, with monotonic times.
	 *
	 * @param start before the signal
	 * @param end when the process had ended
	 */
	private record Kill(long start, long end) {

	}

	/**
	 * A process with one instance, which is killed and replaced.
	 */
	private final class KilledProvider implements AutoCloseable {

		private ChildProcess fork;

		private int port;

		KilledProvider() throws InterruptedException {
			this.fork = provider();
			this.port = Integer.parseInt(this.fork.ask("start"));
			CallsLoadTest.this.starts++;
		}

		void replace() throws InterruptedException {
			long start = System.nanoTime();
			this.fork.kill();
			CallsLoadTest.this.killed.put(this.port, new Kill(start, System.nanoTime()));
			this.fork = provider();
			this.port = Integer.parseInt(this.fork.ask("start"));
			CallsLoadTest.this.starts++;
		}

		@Override
		public void close() {
			this.fork.close();
		}

	}

	/**
	 * Load-balanced clients that record the port of each call.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Clients {

		private static final ThreadLocal<Integer> port = new ThreadLocal<>();

		@Bean
		@LoadBalanced
		RestClient.Builder restClientBuilder() {
			return RestClient.builder()
				.requestFactory(new PortRecordingRequestFactory(new JdkClientHttpRequestFactory()));
		}

		@Bean
		@LoadBalanced
		RestTemplate restTemplate() {
			return new RestTemplate(new PortRecordingRequestFactory(new SimpleClientHttpRequestFactory()));
		}

	}

	/**
	 * Records the port of the current call of a thread.
	 */
	private record PortRecordingRequestFactory(ClientHttpRequestFactory factory) implements ClientHttpRequestFactory {

		@Override
		public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
			Clients.port.set(uri.getPort());
			return this.factory.createRequest(uri, method);
		}

	}

}
