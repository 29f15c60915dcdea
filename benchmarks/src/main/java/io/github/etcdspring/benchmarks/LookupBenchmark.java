package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.sun.management.ThreadMXBean;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.simple.InstanceProperties;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClient;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryProperties;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Time and memory of one {@code getInstances}. Floor: Commons' client over a fixed list.
 */
final class LookupBenchmark {

	private static final int BATCH = 10_000;

	private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

	private static final int ROUNDS = 10;

	private long sink;

	void run(String endpoint) throws Exception {
		System.out.println("| getInstances | etcd | fixed list (floor) | ratio |");
		System.out.println("|---|---|---|---|");
		try (ConfigurableApplicationContext context = Application.run(endpoint, "lookup");
				Client raw = Client.builder().endpoints(endpoint).build()) {
			DiscoveryClient etcd = context.getBeansOfType(DiscoveryClient.class)
				.values()
				.stream()
				.filter((client) -> "etcd".equals(client.description()))
				.findFirst()
				.orElseThrow();
			for (int size : new int[] { 10, 100, 1000 }) {
				String service = "service-" + size;
				for (int i = 0; i < size; i++) {
					raw.getKVClient()
						.put(bytes("/services/" + service + "/instance-" + i), bytes("127.0.0.1:8080"))
						.get(10, TimeUnit.SECONDS);
				}
				while (etcd.getInstances(service).size() < size) {
					Thread.onSpinWait();
				}
				Cost ours = best(etcd, service);
				Cost floor = best(fixed(service, size), service);
				System.out.printf(Locale.ROOT, "| %d instances | %.1f ns, %.1f bytes | %.1f ns, %.1f bytes | %.2f |%n",
						size, ours.nanos(), ours.bytes(), floor.nanos(), floor.bytes(), ours.nanos() / floor.nanos());
			}
		}
		if (this.sink == 0) {
			throw new IllegalStateException("Nothing was read");
		}
	}

	private static SimpleDiscoveryClient fixed(String service, int size) {
		SimpleDiscoveryProperties properties = new SimpleDiscoveryProperties();
		properties.setInstances(Map.of(service, IntStream.range(0, size).mapToObj((i) -> {
			InstanceProperties instance = new InstanceProperties();
			instance.setHost("127.0.0.1");
			instance.setPort(8080);
			return instance;
		}).toList()));
		properties.afterPropertiesSet();
		return new SimpleDiscoveryClient(properties);
	}

	private Cost best(DiscoveryClient client, String service) {
		Cost best = measure(client, service);
		for (int round = 1; round < ROUNDS; round++) {
			Cost next = measure(client, service);
			best = (next.nanos() < best.nanos()) ? next : best;
		}
		return best;
	}

	private Cost measure(DiscoveryClient client, String service) {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long bytes = threads.getCurrentThreadAllocatedBytes();
		long started = System.nanoTime();
		long calls = 0;
		long seen = 0;
		long nanos = 0;
		while (nanos < ROUND_NANOS) {
			for (int i = 0; i < BATCH; i++) {
				List<ServiceInstance> instances = client.getInstances(service);
				seen += System.identityHashCode(instances) & 1;
			}
			calls += BATCH;
			nanos = System.nanoTime() - started;
		}
		bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
		this.sink += seen;
		return new Cost((double) nanos / calls, (double) bytes / calls);
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	private record Cost(double nanos, double bytes) {

	}

}
