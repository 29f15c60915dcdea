package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

import com.sun.management.ThreadMXBean;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.mirror.MirrorReport;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Measures the cost of a configuration change on the thread that applies it, in
 * applications with many beans or many properties: for a key that no bean reads, and for
 * a document that changes all of them. The time is from the arrival of the event until
 * the change has been applied.
 */
final class ChangeBenchmark {

	private static final int WARM_UP = 60;

	private static final int CHANGES = 100;

	private static final int ALL_WARM_UP = 3;

	private static final int ALL_CHANGES = 7;

	private static final int FIELDS = 5000;

	private static final int TYPES = 2000;

	private static final int PROPERTIES = 20_000;

	private static final int PAGE = 100;

	/** Longer than the minimum interval between two reads of all prefixes. */
	private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

	private static final String DOCUMENT = "all.yaml";

	void run(String endpoint) throws Exception {
		try (Client client = Client.builder().endpoints(endpoint).build()) {
			KV kv = client.getKVClient();
			System.out.println("| application | change of | median | max | CPU | allocated |");
			System.out.println("|---|---|---|---|---|---|");
			unrelated(kv, endpoint, "small", "nothing else", EmptyConfiguration.class);
			Class<?> values = GeneratedTypes.compile(0, FIELDS);
			put(kv, "values", DOCUMENT, GeneratedTypes.valuesDocument(FIELDS, "first"));
			unrelated(kv, endpoint, "values", FIELDS + " @Value fields", values);
			all(kv, endpoint, "values", FIELDS + " @Value fields", values,
					(i) -> GeneratedTypes.valuesDocument(FIELDS, "value" + i));
			Class<?> types = GeneratedTypes.compile(TYPES, 0);
			put(kv, "types", DOCUMENT, GeneratedTypes.typesDocument(TYPES, "first"));
			unrelated(kv, endpoint, "types", TYPES + " @ConfigurationProperties beans", types);
			all(kv, endpoint, "types", TYPES + " @ConfigurationProperties beans", types,
					(i) -> GeneratedTypes.typesDocument(TYPES, "value" + i));
			put(kv, "document", DOCUMENT, GeneratedTypes.document(PROPERTIES));
			unrelated(kv, endpoint, "document", "a YAML document of " + PROPERTIES + " properties",
					EmptyConfiguration.class);
			fill(kv, "keys");
			unrelated(kv, endpoint, "keys", PROPERTIES + " single keys", EmptyConfiguration.class);
		}
	}

	private static void unrelated(KV kv, String endpoint, String name, String title, Class<?> source) {
		for (String imports : List.of("etcd:", "etcd:/config/" + name + "/")) {
			try (ConfigurableApplicationContext application = start(endpoint, name, imports, source)) {
				Thread applying = applying();
				ConfigWatch watch = application.getBean(ConfigWatch.class);
				change(watch, WARM_UP, (i) -> put(kv, name, "unrelated/key", "warm" + i));
				long bytes = threads().getThreadAllocatedBytes(applying.getId());
				long cpu = threads().getThreadCpuTime(applying.getId());
				Samples samples = change(watch, CHANGES, (i) -> put(kv, name, "unrelated/key", "value" + i));
				row(title, "an unrelated key, " + watch.watches().get(0).keys().size() + " prefixes", samples,
						(threads().getThreadCpuTime(applying.getId()) - cpu) / CHANGES,
						(threads().getThreadAllocatedBytes(applying.getId()) - bytes) / CHANGES);
			}
		}
	}

	private static void all(KV kv, String endpoint, String name, String title, Class<?> source,
			IntFunction<String> document) {
		try (ConfigurableApplicationContext application = start(endpoint, name, "etcd:", source)) {
			Thread applying = applying();
			ConfigWatch watch = application.getBean(ConfigWatch.class);
			change(watch, ALL_WARM_UP, (i) -> put(kv, name, DOCUMENT, document.apply(-i - 1)));
			long bytes = threads().getThreadAllocatedBytes(applying.getId());
			long cpu = threads().getThreadCpuTime(applying.getId());
			Samples samples = change(watch, ALL_CHANGES, (i) -> put(kv, name, DOCUMENT, document.apply(i)));
			row(title, "all of them", samples, (threads().getThreadCpuTime(applying.getId()) - cpu) / ALL_CHANGES,
					(threads().getThreadAllocatedBytes(applying.getId()) - bytes) / ALL_CHANGES);
		}
	}

	private static void row(String title, String change, Samples samples, long cpuNanos, long bytes) {
		System.out.printf(Locale.ROOT, "| %s | %s | %.2f ms | %.2f ms | %.2f ms | %.0f KiB |%n", title, change,
				samples.medianMillis(), samples.maxMillis(), cpuNanos / 1e6, bytes / 1024.0);
	}

	/** Applies changes sequentially and waits for each. */
	private static Samples change(ConfigWatch watch, int count, IntConsumer change) {
		Samples samples = new Samples(count);
		for (int i = 0; i < count; i++) {
			MirrorReport before = watch.watches().get(0);
			change.accept(i);
			long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
			MirrorReport after = watch.watches().get(0);
			while (after.deliveries() == before.deliveries()) {
				if (System.nanoTime() - limit > 0) {
					throw new IllegalStateException("The change was not applied within 1 minute");
				}
				LockSupport.parkNanos(100_000);
				after = watch.watches().get(0);
			}
			Duration took = after.deliveryTime().minus(before.deliveryTime());
			samples.add(took.toNanos());
			LockSupport.parkNanos(PAUSE_NANOS + took.toNanos());
		}
		return samples;
	}

	private static ConfigurableApplicationContext start(String endpoint, String name, String imports, Class<?> source) {
		return Application.run(source, endpoint, name, "--spring.config.import=" + imports,
				"--spring.main.web-application-type=none", "--spring.cloud.etcd.discovery.enabled=false");
	}

	private static Thread applying() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("etcd-mirror-config"))
			.findFirst()
			.orElseThrow();
	}

	private static ThreadMXBean threads() {
		return (ThreadMXBean) ManagementFactory.getThreadMXBean();
	}

	private static void fill(KV kv, String name) {
		for (int i = 0; i < PROPERTIES; i += PAGE) {
			Op[] puts = new Op[PAGE];
			for (int j = 0; j < PAGE; j++) {
				puts[j] = Op.put(bytes("/config/" + name + "/single/group" + i / PAGE + "/key" + j),
						bytes("value " + j), PutOption.DEFAULT);
			}
			kv.txn().Then(puts).commit().join();
		}
	}

	private static void put(KV kv, String name, String key, String value) {
		kv.put(bytes("/config/" + name + "/" + key), bytes(value)).join();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * An application without beans of its own.
	 */
	@Configuration(proxyBeanMethods = false)
	static class EmptyConfiguration {

	}

}
