package io.github.etcdspring.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Followed;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Followers;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Pair;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Scoped;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Ten thousand consecutive transactions across two imported prefixes with concurrent
 * readers.
 */
class ConfigSoakIntegrationTests {

	private static final int CHANGES = 10_000;

	@Test
	void neitherLosesTearsNorRevertsChanges() throws InterruptedException {
		try (EtcdServer etcd = EtcdServer.start(); TestConnection connection = TestConnection.to(etcd.endpoint())) {
			write(connection, 0);
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:,etcd:/other/",
					List.of(Followed.class))) {
				Followers followers = context.getBean(Followers.class);
				Scoped scoped = context.getBean(Scoped.class);
				Queue<String> faults = new ConcurrentLinkedQueue<>();
				AtomicLong reads = new AtomicLong();
				List<Thread> readers = List.of(reader(followers::live, faults, reads),
						reader(scoped::pair, faults, reads));
				for (int i = 1; i <= CHANGES; i++) {
					write(connection, i);
				}
				Pair last = new Pair(CHANGES, CHANGES);
				await().atMost(Duration.ofSeconds(5))
					.until(() -> followers.live().equals(last) && scoped.pair().equals(last));
				for (Thread reader : readers) {
					reader.interrupt();
					reader.join();
				}
				assertThat(new ArrayList<>(faults)).isEmpty();
				assertThat(reads.get()).isGreaterThan(CHANGES);
				assertThat(context.getEnvironment().getProperty("pair.first")).isEqualTo("" + CHANGES);
				assertThat(context.getBean(ConfigRefresh.class).status().appliedRevision())
					.isEqualTo(etcd.revisionOf("/other/pair/second"));
			}
		}
	}

	private static void write(TestConnection connection, int number) {
		connection.transaction(Map.of("/config/orders/pair/first", "" + number, "/other/pair/second", "" + number));
	}

	private static Thread reader(Supplier<Pair> pair, Queue<String> faults, AtomicLong reads) {
		Thread thread = new Thread(() -> {
			int former = 0;
			while (!Thread.currentThread().isInterrupted()) {
				Pair read = pair.get();
				reads.incrementAndGet();
				if (read.first() != read.second() || read.first() < former) {
					faults.add(read + " after " + former);
				}
				former = read.first();
				// leaves processor time to the writers on a small machine
				LockSupport.parkNanos(10_000);
			}
		});
		thread.start();
		return thread;
	}

}
