package io.github.etcdspring.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.benchmarks.EtcdUsage;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Replaces every instance of many services, and measures what applications cost that
 * follow all of them or only the services that they call.
 */
final class DeploymentLoadTest {

	private static final int PER_SERVICE = 10;

	private static final int CALLED = 10;

	private final EtcdServer etcd;

	private final int services;

	private final int followers;

	private final int perSecond;

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);

	DeploymentLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.services = (small) ? 100 : 1000;
		this.followers = (small) ? 10 : 50;
		this.perSecond = (small) ? 200 : 400;
	}

	List<String> run() throws Exception {
		System.out.printf(Locale.ROOT,
				"%d instances of %d services are replaced, with three writes each. %d simulated applications and a real one"
						+ " follow all services, or %d each.%n%n",
				this.services * PER_SERVICE, this.services, this.followers, CALLED);
		System.out.println("| follows | bytes to a simulated application | CPU of etcd, s | time, s"
				+ " | CPU of a real application, s | live heap, MiB | time to start, s |");
		System.out.println("|---|---|---|---|---|---|---|");
		ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", this.etcd.port()).usePlaintext().build();
		try (CatalogWriter writer = new CatalogWriter(this.etcd.endpoint(), this.services, PER_SERVICE);
				Client client = Instances.client(this.etcd.endpoint())) {
			writer.fill();
			row("nobody follows", writer, List.of(), null);
			double called = deploy("called", writer, client, channel);
			double all = deploy("all", writer, client, channel);
			// the history of etcd grows with each row
			row("nobody follows, again", writer, List.of(), null);
			System.out.printf(Locale.ROOT, "%nBytes to an application that follows all, to one that follows %d: %.0f%n",
					CALLED, all / called);
		}
		finally {
			channel.shutdownNow();
			this.scheduler.shutdownNow();
		}
		return List.copyOf(this.failures);
	}

	private double deploy(String follow, CatalogWriter writer, Client client, ManagedChannel channel) throws Exception {
		List<SimulatedWatches> watches = new ArrayList<>();
		List<String> called = called(0);
		try (ChildProcess real = ChildProcess.start(CatalogObserver.class, null, "starter", this.etcd.endpoint(),
				"/services", "--spring.cloud.etcd.discovery.follow=" + follow,
				"--spring.cloud.etcd.discovery.follow-services=" + String.join(",", called))) {
			for (int i = 0; i < this.followers; i++) {
				SimulatedWatches opened = new SimulatedWatches(channel, this.scheduler, (event) -> {
				}, this.failures::add);
				watches.add(opened);
				List<String> prefixes = (follow.equals("all")) ? List.of(Instances.PREFIX)
						: called(i).stream().map((service) -> Instances.PREFIX + service + "/").toList();
				for (String prefix : prefixes) {
					ByteSequence key = Instances.bytes(prefix);
					GetResponse listed = client.getKVClient()
						.get(key, GetOption.builder().isPrefix(true).withCountOnly(true).build())
						.get();
					opened.open(key, true, listed.getHeader().getRevision() + 1);
				}
			}
			return row((follow.equals("all")) ? "all services" : CALLED + " services", writer, watches, real);
		}
		finally {
			watches.forEach(SimulatedWatches::close);
		}
	}

	private List<String> called(int application) {
		return new Random(application).ints(0, this.services)
			.distinct()
			.limit(CALLED)
			.mapToObj(Instances::service)
			.toList();
	}

	private double row(String follows, CatalogWriter writer, List<SimulatedWatches> watches,
			@Nullable ChildProcess real) throws Exception {
		String started = (real != null) ? real.next().split(" ", -1)[0] : "-";
		if (real != null) {
			real.ask("begin");
		}
		long bytesBefore = bytes(watches);
		EtcdUsage before = EtcdUsage.of(this.etcd);
		writer.replaceAll(this.perSecond);
		EtcdUsage used = EtcdUsage.of(this.etcd).since(before);
		double bytes = (watches.isEmpty()) ? 0 : (bytes(watches) - bytesBefore) / (double) watches.size();
		String cells = "- | - | -";
		if (real != null) {
			String[] figures = real.ask("end").split(" ", -1);
			cells = String.format(Locale.ROOT, "%.2f | %.1f | %s", Long.parseLong(figures[1]) / 1e9,
					Long.parseLong(real.ask("heap")) / 1048576.0, started);
		}
		System.out.printf(Locale.ROOT, "| %s | %.0f | %.2f | %.0f | %s |%n", follows, bytes, used.cpuSeconds(),
				used.seconds(), cells);
		return bytes;
	}

	private static long bytes(List<SimulatedWatches> watches) {
		return watches.stream().mapToLong(SimulatedWatches::bytes).sum();
	}

}
