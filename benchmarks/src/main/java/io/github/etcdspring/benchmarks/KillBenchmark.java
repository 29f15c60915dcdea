package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures the time from the kill of an application with default settings until it is
 * removed from the catalog of another. The floor is the delete event of a raw jetcd
 * watch, when the lease expires.
 */
final class KillBenchmark {

	private static final int SAMPLES = 5;

	private static final String KILLED_SERVICE = "footprint";

	private final Samples raw = new Samples(SAMPLES);

	private final Samples gone = new Samples(SAMPLES);

	void run(String endpoint) throws Exception {
		AtomicLong deleted = new AtomicLong();
		try (ConfigurableApplicationContext caller = Application.run(endpoint, "caller");
				Client client = Client.builder().endpoints(endpoint).build()) {
			client.getWatchClient()
				.watch(ByteSequence.from("/services/" + KILLED_SERVICE + "/", StandardCharsets.UTF_8),
						WatchOption.builder().isPrefix(true).build(), (response) -> {
							if (response.getEvents()
								.stream()
								.anyMatch((event) -> event.getEventType() == WatchEvent.EventType.DELETE)) {
								deleted.set(System.nanoTime());
							}
						});
			DiscoveryClient discovery = caller.getBean(DiscoveryClient.class);
			for (int i = 0; i < SAMPLES; i++) {
				deleted.set(0);
				Process killed = start(endpoint);
				await(() -> !discovery.getInstances(KILLED_SERVICE).isEmpty());
				// vary the elapsed part of the lease
				LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(700L * i));
				long started = System.nanoTime();
				killed.destroyForcibly().waitFor();
				await(() -> discovery.getInstances(KILLED_SERVICE).isEmpty());
				this.gone.add(System.nanoTime() - started);
				await(() -> deleted.get() != 0);
				this.raw.add(deleted.get() - started);
			}
		}
		System.out.println("| kill, TTL 10 s | median | p99 | max | ratio |");
		System.out.println("|---|---|---|---|---|");
		System.out.println(this.raw.row("until a raw jetcd watch calls back (floor)", this.raw));
		System.out.println(this.gone.row("until gone from another's DiscoveryClient", this.raw));
		System.out.printf(Locale.ROOT, "%nDefault settings. Guaranteed maximum: TTL + 1 s.%n");
	}

	private static Process start(String endpoint) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Dfootprint.rest=120", "-cp", System.getProperty("java.class.path"),
				FootprintApplication.class.getName(), endpoint)
			.inheritIO()
			.start();
	}

	private static void await(BooleanSupplier condition) {
		long limit = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("The change was not seen within 1 minute");
			}
			LockSupport.parkNanos(100_000);
		}
	}

}
