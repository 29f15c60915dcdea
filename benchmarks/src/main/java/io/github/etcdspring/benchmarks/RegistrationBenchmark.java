package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.github.etcdspring.registry.EtcdRegistration;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures the time from {@code register} in one application until another one sees the
 * instance, and until its load balancer selects it. The floor is a put by one jetcd
 * client until the watch of another calls back. The samples are interleaved.
 */
final class RegistrationBenchmark {

	private static final int WARM_UP = 20;

	private static final int SAMPLES = 50;

	private final Samples raw = new Samples(SAMPLES);

	private final Samples visible = new Samples(SAMPLES);

	private final Samples selected = new Samples(SAMPLES);

	private final Samples gone = new Samples(SAMPLES);

	void run(String endpoint) throws Exception {
		try (ConfigurableApplicationContext provider = Application.run(endpoint, "provider");
				ConfigurableApplicationContext consumer = Application.run(endpoint, "consumer");
				Client writer = Client.builder().endpoints(endpoint).build();
				Client watcher = Client.builder().endpoints(endpoint).build()) {
			SynchronousQueue<Boolean> events = new SynchronousQueue<>();
			watcher.getWatchClient().watch(bytes("/raw/"), WatchOption.builder().isPrefix(true).build(), (response) -> {
				try {
					events.offer(true, 1, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			});
			long lease = writer.getLeaseClient().grant(60).get().getID();
			for (int i = 0; i < WARM_UP + SAMPLES; i++) {
				boolean counts = i >= WARM_UP;
				long started = System.nanoTime();
				writer.getKVClient()
					.put(bytes("/raw/" + i), bytes("x".repeat(150)), PutOption.builder().withLeaseId(lease).build());
				events.take();
				add(this.raw, counts, started);
				sample(provider, consumer, "sample-" + i, counts);
			}
			writer.getLeaseClient().revoke(lease).get();
		}
		System.out.println("| registration in one application | median | p99 | max | ratio |");
		System.out.println("|---|---|---|---|---|");
		System.out.println(this.raw.row("put until a raw jetcd watch calls back (floor)", this.raw));
		System.out.println(this.visible.row("until visible to another's DiscoveryClient", this.raw));
		System.out.println(this.selected.row("until selected by another's load balancer", this.raw));
		System.out.println(this.gone.row("deregistered until gone from another's DiscoveryClient", this.raw));
	}

	private void sample(ConfigurableApplicationContext provider, ConfigurableApplicationContext consumer,
			String service, boolean counts) {
		EtcdServiceRegistry registry = provider.getBean(EtcdServiceRegistry.class);
		DiscoveryClient discovery = consumer.getBean(DiscoveryClient.class);
		LoadBalancerClient loadBalancer = consumer.getBean(LoadBalancerClient.class);
		// the first choice for a service creates its child context, which is not part of
		// the measurement
		loadBalancer.choose(service);
		EtcdRegistration registration = new EtcdRegistration(
				new EtcdServiceInstance(service, "one", "127.0.0.1", 8080, false, "UP", Map.of("zone", "a")));
		long started = System.nanoTime();
		registry.register(registration);
		spin(() -> !discovery.getInstances(service).isEmpty());
		add(this.visible, counts, started);
		EtcdRegistration second = new EtcdRegistration(
				new EtcdServiceInstance(service, "two", "127.0.0.1", 8081, false, "UP", Map.of("zone", "a")));
		started = System.nanoTime();
		registry.register(second);
		spin(() -> isSelected(loadBalancer.choose(service)));
		add(this.selected, counts, started);
		started = System.nanoTime();
		registry.deregister(second);
		spin(() -> discovery.getInstances(service).size() == 1);
		add(this.gone, counts, started);
		registry.deregister(registration);
	}

	private static boolean isSelected(@Nullable ServiceInstance instance) {
		return instance != null && Objects.equals(instance.getInstanceId(), "two");
	}

	private static void add(Samples samples, boolean counts, long started) {
		if (counts) {
			samples.add(System.nanoTime() - started);
		}
	}

	private static void spin(BooleanSupplier condition) {
		long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > limit) {
				throw new IllegalStateException("The change was not seen within 30 s");
			}
			// busy waiting would take a processor from the measured code
			LockSupport.parkNanos(50_000);
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
