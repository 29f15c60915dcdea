package io.github.etcdspring.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.benchmarks.Application;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.operations.ProposalOutcome;
import io.github.etcdspring.operations.WriteOutcome;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Writes, proposes and rolls out a change with many applications in this process, each
 * with its own connection, and writes the keys of a fleet of 500 instances.
 */
final class FleetLoadTest {

	private static final Duration TIMEOUT = Duration.ofMinutes(1);

	private static final int FLEET = 500;

	private static final String KEY = "/config/orders/size";

	private final EtcdServer etcd;

	private final List<Integer> sizes;

	private final int rounds;

	private final List<String> failures = new ArrayList<>();

	FleetLoadTest(EtcdServer etcd, boolean small) {
		this.etcd = etcd;
		this.sizes = (small) ? List.of(5) : List.of(20, 100);
		this.rounds = (small) ? 3 : 10;
	}

	List<String> run() throws Exception {
		List<ConfigurableApplicationContext> instances = new ArrayList<>();
		try (ConfigurableApplicationContext author = Application.run(Sources.class, this.etcd.endpoint(), "author",
				"--spring.main.web-application-type=none", "--spring.cloud.etcd.discovery.enabled=false")) {
			System.out.println("| applications | action | median | p99 | maximum |\n|---|---|---|---|---|");
			for (int size : this.sizes) {
				while (instances.size() < size) {
					instances.add(Application.run(Sources.class, this.etcd.endpoint(), "orders",
							"--spring.main.web-application-type=none", "--spring.config.import=optional:etcd:",
							"--spring.cloud.etcd.discovery.port=1",
							"--spring.cloud.etcd.discovery.instance-id=orders-" + instances.size()));
				}
				awaitFleet(author, size);
				changes(author, size);
			}
		}
		finally {
			instances.parallelStream().forEach(ConfigurableApplicationContext::close);
		}
		keys();
		return this.failures;
	}

	private static void awaitFleet(ConfigurableApplicationContext author, int size) throws InterruptedException {
		long limit = System.nanoTime() + TIMEOUT.toNanos();
		while (author.getBean(EtcdFleetOperations.class).list("orders").size() < size) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("The fleet is not complete");
			}
			Thread.sleep(50);
		}
	}

	private void changes(ConfigurableApplicationContext author, int size) throws InterruptedException {
		EtcdConfigOperations operations = author.getBean(EtcdConfigOperations.class);
		EtcdRolloutOperations rollouts = author.getBean(EtcdRolloutOperations.class);
		List<Long> written = new ArrayList<>();
		List<Long> asked = new ArrayList<>();
		List<Long> rolledOut = new ArrayList<>();
		for (int round = 0; round < this.rounds; round++) {
			int value = round;
			written.add(time(() -> {
				WriteOutcome outcome = operations.write(ConfigChange.put(KEY, "w" + value)).await(TIMEOUT);
				check(outcome.applied().size() == size, "write: " + outcome.applied().size() + " applied");
			}));
			asked.add(time(() -> {
				try (ConfigProposal proposal = operations.propose("load", "", ConfigChange.put(KEY, "p" + value))) {
					ProposalOutcome outcome = proposal.await(TIMEOUT);
					check(outcome.accepted().size() == size, "proposal: " + outcome.accepted().size() + " accepted");
				}
			}));
			// each instance publishes at most once a second
			Thread.sleep(1500);
			rolledOut.add(time(() -> {
				RolloutOutcome outcome = rollouts
					.start(RolloutPlan.of("load", "", ConfigChange.put(KEY, "r" + value))
						.step(RolloutTarget.share(10), Duration.ZERO)
						.step(RolloutTarget.share(50), Duration.ZERO)
						.step(RolloutTarget.share(100), Duration.ZERO))
					.await(TIMEOUT);
				check(outcome.state() == State.WRITTEN, "rollout: " + outcome);
			}));
			Thread.sleep(1500);
		}
		print(size, "write, until all have applied it", written);
		print(size, "proposal, until all have answered", asked);
		print(size, "rollout in three steps without a pause, until it is written", rolledOut);
	}

	private static long time(Runnable action) {
		long begin = System.nanoTime();
		action.run();
		return System.nanoTime() - begin;
	}

	private void check(boolean holds, String failure) {
		if (!holds) {
			this.failures.add(failure);
		}
	}

	private static void print(int size, String action, List<Long> nanos) {
		System.out.println("| " + size + " | " + action + " | " + new Latencies(nanos).cells() + " |");
	}

	/** The requests of a change: one write and one read of each instance. */
	private void keys() throws Exception {
		try (Client client = Client.builder().endpoints(this.etcd.endpoint()).build()) {
			KV kv = client.getKVClient();
			long lease = client.getLeaseClient().grant(600).get().getID();
			PutOption option = PutOption.builder().withLeaseId(lease).build();
			List<Long> changes = new ArrayList<>();
			long cpu = cpuNanos();
			for (int round = 0; round < this.rounds; round++) {
				int revision = round;
				changes.add(time(() -> {
					List<CompletableFuture<?>> requests = new ArrayList<>();
					for (int i = 0; i < FLEET; i++) {
						ByteSequence key = bytes("/fleet/simulated/simulated-" + i);
						requests.add(kv.put(key, value(revision), option).thenCompose((put) -> kv.get(key)));
					}
					CompletableFuture.allOf(requests.toArray(CompletableFuture[]::new)).join();
				}));
			}
			double used = (cpuNanos() - cpu) / 1e6 / this.rounds;
			System.out.printf(Locale.ROOT,
					"%n%d instances publish a change, 1 write and 1 read each, %d bytes: median %.0f ms, CPU of etcd %.0f ms%n",
					FLEET, value(0).size(), new Latencies(changes).millis(0.5), used);
			client.getLeaseClient().revoke(lease).get(10, TimeUnit.SECONDS);
		}
	}

	private long cpuNanos() {
		return ProcessHandle.of(this.etcd.pid())
			.flatMap((process) -> process.info().totalCpuDuration())
			.map(Duration::toNanos)
			.orElseThrow();
	}

	private static ByteSequence value(int revision) {
		return bytes("{\"applied\":" + (1_000_000 + revision) + ",\"seen\":" + (1_000_000 + revision)
				+ ",\"version\":\"1.4.0\",\"imports\":[\"/config/application/\",\"/config/orders/\","
				+ "\"/config/application,default/\",\"/config/orders,default/\"]}");
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * The applications.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Sources {

	}

}
