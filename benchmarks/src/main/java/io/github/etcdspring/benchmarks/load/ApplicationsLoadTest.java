package io.github.etcdspring.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.Client;
import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.benchmarks.EtcdUsage;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures the load of many applications on etcd: idle, and while all are replaced within
 * a minute. The applications are simulated; one is compared with a real application.
 */
final class ApplicationsLoadTest {

	private static final int CLIENTS = 4;

	private static final int CONCURRENCY = 16;

	private final EtcdServer etcd;

	private final int[] sizes;

	private final int restSeconds;

	private final int waveSeconds;

	private final List<Client> clients = new ArrayList<>();

	/** For watches and renewals, which jetcd sends differently. */
	private final List<ManagedChannel> channels = new ArrayList<>();

	private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);

	/** Starts and stops block until etcd responds. */
	private final ExecutorService executor = Executors.newFixedThreadPool(CONCURRENCY);

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private final List<SimulatedApplication> applications = new ArrayList<>();

	ApplicationsLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.sizes = (small) ? new int[] { 25, 50 } : new int[] { 125, 250, 500 };
		this.restSeconds = (small) ? 15 : 45;
		this.waveSeconds = (small) ? 10 : 60;
		for (int i = 0; i < CLIENTS; i++) {
			this.clients.add(Instances.client(etcd.endpoint()));
			this.channels.add(NettyChannelBuilder.forAddress("127.0.0.1", etcd.port()).usePlaintext().build());
		}
	}

	List<String> run() throws Exception {
		try {
			compare();
			measure();
		}
		finally {
			this.scheduler.shutdownNow();
			this.executor.shutdownNow();
			this.clients.forEach(Client::close);
			this.channels.forEach(ManagedChannel::shutdownNow);
		}
		return this.failures.stream().distinct().limit(10).toList();
	}

	/** Compare start, idle time and stop of a real and a simulated application. */
	private void compare() throws Exception {
		// without any, the import would look for similar prefixes
		this.clients.get(0)
			.getKVClient()
			.put(Instances.bytes("/config/" + Instances.service(1) + "/greeting"), Instances.bytes("hello"))
			.get(10, TimeUnit.SECONDS);
		List<EtcdUsage> simulated = new ArrayList<>();
		SimulatedApplication application = application(0);
		simulated.add(used(() -> {
			application.start();
			Thread.sleep(1000);
			return null;
		}));
		simulated.add(used(this::rest));
		simulated.add(used(() -> {
			application.stop();
			return null;
		}));
		List<EtcdUsage> real = new ArrayList<>();
		List<ConfigurableApplicationContext> context = new ArrayList<>();
		real.add(used(() -> {
			context.add(Application.run(this.etcd.endpoint(), Instances.service(1), "--spring.config.import=etcd:",
					"--spring.cloud.etcd.discovery.instance-zone=a", "--spring.cloud.etcd.discovery.weight=2",
					"--spring.cloud.etcd.discovery.version=1"));
			Thread.sleep(1000);
			return null;
		}));
		real.add(used(this::rest));
		real.add(used(() -> {
			context.get(0).close();
			return null;
		}));
		System.out.printf(Locale.ROOT, "| messages to etcd and from it | start, real | simulated | %1$d s idle, real"
				+ " | simulated | stop, real | simulated |%n", this.restSeconds);
		System.out.println("|---|---|---|---|---|---|---|");
		for (String method : methods(simulated, real)) {
			System.out.printf("| %s |", method);
			for (int phase = 0; phase < 3; phase++) {
				System.out.printf(Locale.ROOT, " %.0f, %.0f | %.0f, %.0f |", real.get(phase).received(method),
						real.get(phase).sent(method), simulated.get(phase).received(method),
						simulated.get(phase).sent(method));
			}
			System.out.println();
		}
		System.out.print("| bytes |");
		for (int phase = 0; phase < 3; phase++) {
			System.out.printf(Locale.ROOT, " %.0f, %.0f | %.0f, %.0f |", real.get(phase).bytesReceived(),
					real.get(phase).bytesSent(), simulated.get(phase).bytesReceived(),
					simulated.get(phase).bytesSent());
		}
		System.out.println();
		System.out.println();
		// without periodic requests, whose number depends on the duration
		for (int phase : new int[] { 0, 2 }) {
			for (String method : List.of("LeaseGrant", "LeaseRevoke", "Range", "Txn")) {
				if (simulated.get(phase).received(method) != real.get(phase).received(method)) {
					this.failures.add("The simulated application sends a different number of " + method + " requests");
				}
			}
		}
		double ratio = simulated.get(1).allReceived() / real.get(1).allReceived();
		if (ratio < 0.8 || ratio > 1.25) {
			this.failures.add("The idle simulated application sends " + ratio + " times the messages of a real one");
		}
	}

	private static Set<String> methods(List<EtcdUsage> simulated, List<EtcdUsage> real) {
		String prefix = "grpc_server_msg_received_total ";
		Set<String> methods = new TreeSet<>();
		List<EtcdUsage> all = new ArrayList<>(simulated);
		all.addAll(real);
		for (EtcdUsage usage : all) {
			usage.values()
				.keySet()
				.stream()
				.filter((name) -> name.startsWith(prefix) && usage.value(name) > 0)
				.forEach((name) -> methods.add(name.substring(prefix.length())));
		}
		return methods;
	}

	private void measure() throws Exception {
		System.out
			.println("| applications | phase | requests/s | responses and events/s | bytes/s to etcd per application"
					+ " | bytes/s from etcd per application | total, MiB/s | CPU of etcd | resident memory of etcd |");
		System.out.println("|---|---|---|---|---|---|---|---|---|");
		for (int size : this.sizes) {
			all(starts(size), 10);
			Thread.sleep(2000);
			row(size, "idle", used(this::rest));
			row(size, "replaced within %d s".formatted(this.waveSeconds), used(() -> {
				all(replacements(), this.waveSeconds);
				return null;
			}));
			awaitKnown(size);
		}
		all(this.applications.stream().<Callable<?>>map((application) -> () -> {
			application.stop();
			return null;
		}).toList(), 5);
	}

	private List<Callable<?>> starts(int size) {
		List<Callable<?>> starts = new ArrayList<>();
		while (this.applications.size() < size) {
			SimulatedApplication application = application(this.applications.size() + 2);
			this.applications.add(application);
			starts.add(() -> {
				application.start();
				return null;
			});
		}
		return starts;
	}

	private List<Callable<?>> replacements() {
		return this.applications.stream().<Callable<?>>map((application) -> () -> {
			application.stop();
			application.start();
			return null;
		}).toList();
	}

	/** Start the actions at equal intervals, without waiting for earlier ones. */
	private void all(List<Callable<?>> actions, int seconds) throws Exception {
		long start = System.nanoTime();
		List<Future<?>> futures = new ArrayList<>();
		for (int i = 0; i < actions.size(); i++) {
			TimeUnit.NANOSECONDS
				.sleep(start + i * TimeUnit.SECONDS.toNanos(seconds) / actions.size() - System.nanoTime());
			futures.add(this.executor.submit(actions.get(i)));
		}
		for (Future<?> future : futures) {
			future.get(1, TimeUnit.MINUTES);
		}
	}

	private void row(int size, String phase, EtcdUsage used) throws Exception {
		System.out.printf(Locale.ROOT,
				"| %d | %s | %.0f | %.0f | %.0f | %.0f | %.2f | %.1f %% of one processor | %.0f MiB |%n", size, phase,
				used.allReceived() / used.seconds(), used.allSent() / used.seconds(),
				used.bytesReceived() / used.seconds() / size, used.bytesSent() / used.seconds() / size,
				(used.bytesReceived() + used.bytesSent()) / used.seconds() / 1048576,
				100 * used.cpuSeconds() / used.seconds(), EtcdUsage.of(this.etcd).residentMiB());
	}

	/** Check that every application knows all instances. */
	private void awaitKnown(int size) throws InterruptedException {
		long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (System.nanoTime() - limit < 0
				&& this.applications.stream().anyMatch((application) -> application.instances() != size)) {
			Thread.sleep(100);
		}
		long wrong = this.applications.stream().filter((application) -> application.instances() != size).count();
		if (wrong > 0) {
			this.failures.add(wrong + " applications do not know all " + size + " instances");
		}
	}

	private SimulatedApplication application(int number) {
		return new SimulatedApplication(this.clients.get(number % CLIENTS), this.channels.get(number % CLIENTS),
				this.scheduler, Instances.service(number), this.failures::add);
	}

	private Void rest() throws InterruptedException {
		Thread.sleep(this.restSeconds * 1000L);
		return null;
	}

	private EtcdUsage used(Callable<?> phase) throws Exception {
		EtcdUsage before = EtcdUsage.of(this.etcd);
		phase.call();
		return EtcdUsage.of(this.etcd).since(before);
	}

}
