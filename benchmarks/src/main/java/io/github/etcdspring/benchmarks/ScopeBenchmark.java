package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Measures how long changes of a refresh-scoped bean take while threads are calling a
 * slow method of it. The floor for a thread is the remaining time of its current call.
 */
final class ScopeBenchmark {

	private static final int THREADS = 16;

	private static final int ROUNDS = 5;

	private static final long CALL_MILLIS = 3000;

	private static final String KEY = "/config/scope/slow/value";

	/** Entry time of the first call with each value, by thread. */
	private final ConcurrentMap<String, ConcurrentMap<Integer, Long>> seen = new ConcurrentHashMap<>();

	private final AtomicLong longestWait = new AtomicLong();

	private volatile boolean done;

	void run(String endpoint) throws Exception {
		try (Client client = Client.builder().endpoints(endpoint).build()) {
			put(client, "first");
			try (ConfigurableApplicationContext application = Application.run(Scoped.class, endpoint, "scope",
					"--spring.config.import=etcd:", "--spring.main.web-application-type=none",
					"--spring.cloud.etcd.discovery.enabled=false")) {
				Slow slow = application.getBean(Slow.class);
				Thread[] threads = new Thread[THREADS];
				for (int i = 0; i < THREADS; i++) {
					int number = i;
					threads[i] = new Thread(() -> call(slow, number), "caller-" + i);
					threads[i].start();
					Thread.sleep(CALL_MILLIS / THREADS);
				}
				awaitAll("first");
				this.longestWait.set(0);
				Samples all = new Samples(ROUNDS);
				for (int i = 0; i < ROUNDS; i++) {
					long started = System.nanoTime();
					put(client, "value" + i);
					all.add(awaitAll("value" + i) - started);
				}
				System.out.println("| refresh scope: " + THREADS + " threads in calls of " + CALL_MILLIS + " ms, "
						+ ROUNDS + " changes | median | max |");
				System.out.println("|---|---|---|");
				System.out.printf(Locale.ROOT, "| put until all threads see the new value | %.0f ms | %.0f ms |%n",
						all.medianMillis(), all.maxMillis());
				System.out.printf(Locale.ROOT, "| longest wait of a call before it runs | | %.2f ms |%n",
						this.longestWait.get() / 1e6);
				this.done = true;
				for (Thread thread : threads) {
					thread.join();
				}
			}
		}
	}

	private void call(Slow slow, int number) {
		while (!this.done) {
			long called = System.nanoTime();
			Slow.Call call = slow.call();
			this.longestWait.accumulateAndGet(call.entered() - called, Math::max);
			this.seen.computeIfAbsent(call.value(), (value) -> new ConcurrentHashMap<>())
				.putIfAbsent(number, call.entered());
		}
	}

	/** Return the time at which the last thread entered a call with the value. */
	private long awaitAll(String value) {
		ConcurrentMap<Integer, Long> entered = this.seen.computeIfAbsent(value, (key) -> new ConcurrentHashMap<>());
		long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
		while (entered.size() < THREADS) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("Not all threads have seen the value within 1 minute");
			}
			LockSupport.parkNanos(1_000_000);
		}
		return entered.values().stream().mapToLong(Long::longValue).max().orElseThrow();
	}

	private static void put(Client client, String value) {
		client.getKVClient()
			.put(ByteSequence.from(KEY, StandardCharsets.UTF_8), ByteSequence.from(value, StandardCharsets.UTF_8))
			.join();
	}

	/**
	 * A bean with a slow method.
	 */
	// proxied by a subclass
	static class Slow {

		private final String value;

		Slow(String value) {
			this.value = value;
		}

		Call call() {
			long entered = System.nanoTime();
			long end = entered + TimeUnit.MILLISECONDS.toNanos(CALL_MILLIS);
			for (long left = end - entered; left > 0; left = end - System.nanoTime()) {
				LockSupport.parkNanos(left);
			}
			return new Call(entered, this.value);
		}

		/**
		 * A call.
		 *
		 * @param entered time at which the method started
		 * @param value the value of the bean
		 */
		record Call(long entered, String value) {

		}

	}

	/**
	 * An application with the bean.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Scoped {

		@Bean
		@RefreshScope
		Slow slow(@Value("${slow.value:}") String value) {
			return new Slow(value);
		}

	}

}
