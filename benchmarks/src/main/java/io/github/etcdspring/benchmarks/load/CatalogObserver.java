package io.github.etcdspring.benchmarks.load;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Observer process that follows the catalog, with the starter or with a raw jetcd watch.
 * Reports its resource usage, the time at which it saw each probe, and differences to
 * etcd.
 */
public abstract class CatalogObserver implements AutoCloseable {

	/** Monotonic time at which each probe was first seen. */
	private final Map<Long, Long> seen = new ConcurrentHashMap<>();

	private long lastSeen = -1;

	public static void main(String[] arguments) throws Exception {
		try (CatalogObserver observer = (arguments[0].equals("raw")) ? new Raw(arguments[1])
				: new Starter(arguments[1], arguments[2], Arrays.copyOfRange(arguments, 3, arguments.length));
				BufferedReader questions = new BufferedReader(
						new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			ChildProcess.answer(String.format(Locale.ROOT, "%.3f %.3f", ResourceUsage.secondsSinceStart(),
					ResourceUsage.now().cpuNanos() / 1e9));
			observer.answer(questions);
		}
		System.exit(0);
	}

	private void answer(BufferedReader questions) throws Exception {
		ResourceUsage before = ResourceUsage.now();
		long ownBefore = 0;
		long eventsBefore = 0;
		for (String question = questions.readLine(); question != null; question = questions.readLine()) {
			switch (question) {
				case "begin" -> {
					before = ResourceUsage.now();
					ownBefore = measuringNanos();
					eventsBefore = deliveries();
					ChildProcess.answer("begun");
				}
				case "end" -> {
					ResourceUsage used = ResourceUsage.now().since(before);
					ChildProcess.answer("%d %d %d %d".formatted(used.nanos(),
							used.cpuNanos() - measuringNanos() + ownBefore, used.bytes(), deliveries() - eventsBefore));
				}
				case "heap" -> ChildProcess.answer(ResourceUsage.liveHeap());
				case "lost" -> ChildProcess.answer(lost());
				case "seen" -> {
					ChildProcess.answer(this.seen.size());
					this.seen.forEach((probe, nanos) -> ChildProcess.answer(probe + " " + nanos));
				}
				default -> throw new IllegalArgumentException(question);
			}
		}
	}

	/**
	 * Record a probe, and earlier ones that it has replaced.
	 */
	void saw(long probe) {
		long now = System.nanoTime();
		while (this.lastSeen < probe) {
			this.lastSeen++;
			this.seen.put(this.lastSeen, now);
		}
	}

	private static long version(ServiceInstance instance) {
		return (instance instanceof EtcdServiceInstance ours)
				? Long.parseLong(ours.metadata().getOrDefault("version", "")) : -1;
	}

	/**
	 * Return the CPU time of the measurement itself.
	 */
	abstract long measuringNanos();

	abstract long deliveries();

	/**
	 * Compare the catalog with etcd.
	 * @return the first difference, or {@code nothing}
	 */
	abstract String lost() throws Exception;

	@Override
	public abstract void close();

	/**
	 * The floor: looks for the probe in watch events and stores nothing.
	 */
	private static final class Raw extends CatalogObserver {

		private final Client client;

		private final ByteSequence probe = Instances.key(Instances.instance(Instances.PROBE, 0, 0));

		private volatile long deliveries;

		Raw(String endpoint) {
			this.client = Instances.client(endpoint);
			this.client.getWatchClient()
				.watch(Instances.bytes(Instances.PREFIX), WatchOption.builder().isPrefix(true).build(), this::watched);
		}

		@SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
		private void watched(WatchResponse response) {
			this.deliveries++;
			for (WatchEvent event : response.getEvents()) {
				if (event.getKeyValue().getKey().equals(this.probe)
						&& event.getEventType() == WatchEvent.EventType.PUT) {
					saw(version(Instances.read(event.getKeyValue())));
				}
			}
		}

		@Override
		long measuringNanos() {
			return 0;
		}

		@Override
		long deliveries() {
			return this.deliveries;
		}

		@Override
		String lost() {
			return "nothing";
		}

		@Override
		public void close() {
			this.client.close();
		}

	}

	/**
	 * An application with the starter.
	 */
	private static final class Starter extends CatalogObserver {

		private final String endpoint;

		private final ConfigurableApplicationContext context;

		private final DiscoveryClient discovery;

		private final Thread poll = new Thread(this::poll, "poll");

		Starter(String endpoint, String prefix, String... properties) {
			this.endpoint = endpoint;
			List<String> all = new ArrayList<>(List.of("--spring.cloud.etcd.discovery.prefix=" + prefix,
					"--spring.cloud.etcd.discovery.register=false"));
			all.addAll(List.of(properties));
			this.context = Application.run(endpoint, "observer", all.toArray(String[]::new));
			this.discovery = this.context.getBeansOfType(DiscoveryClient.class)
				.values()
				.stream()
				.filter((client) -> "etcd".equals(client.description()))
				.findFirst()
				.orElseThrow();
			this.poll.setDaemon(true);
			this.poll.start();
		}

		private void poll() {
			@Nullable List<ServiceInstance> last = null;
			while (true) {
				List<ServiceInstance> found = this.discovery.getInstances(Instances.PROBE);
				if (found != last && !found.isEmpty()) {
					last = found;
					saw(version(found.get(0)));
				}
				// busy waiting would take a processor from the measured code
				LockSupport.parkNanos(100_000);
			}
		}

		@Override
		long measuringNanos() {
			return ManagementFactory.getThreadMXBean().getThreadCpuTime(this.poll.getId());
		}

		@Override
		long deliveries() {
			return this.context.getBean(ServiceCatalog.class).total().deliveries();
		}

		@Override
		String lost() throws Exception {
			Map<String, Set<ServiceInstance>> expected = new TreeMap<>();
			try (Client client = Instances.client(this.endpoint)) {
				for (KeyValue entry : Instances.all(client)) {
					ServiceInstance instance = Instances.read(entry);
					expected.computeIfAbsent(instance.getServiceId(), (service) -> new HashSet<>()).add(instance);
				}
			}
			String difference = difference(expected);
			// changes in flight are not lost
			long limit = System.nanoTime() + 10_000_000_000L;
			while (!difference.equals("nothing") && System.nanoTime() - limit < 0) {
				Thread.sleep(100);
				difference = difference(expected);
			}
			return difference;
		}

		private String difference(Map<String, Set<ServiceInstance>> expected) {
			if (!List.copyOf(expected.keySet()).equals(this.discovery.getServices())) {
				return String.format(Locale.ROOT, "%d services instead of %d", this.discovery.getServices().size(),
						expected.size());
			}
			for (Map.Entry<String, Set<ServiceInstance>> service : expected.entrySet()) {
				List<ServiceInstance> found = this.discovery.getInstances(service.getKey());
				if (found.size() != service.getValue().size() || !service.getValue().containsAll(found)) {
					return "different instances of " + service.getKey();
				}
			}
			return "nothing";
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

}
