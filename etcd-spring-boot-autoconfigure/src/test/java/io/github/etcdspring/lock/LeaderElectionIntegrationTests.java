package io.github.etcdspring.lock;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.integration.leader.AbstractCandidate;
import org.springframework.integration.leader.Candidate;
import org.springframework.integration.leader.Context;
import org.springframework.integration.leader.event.OnGrantedEvent;
import org.springframework.integration.leader.event.OnRevokedEvent;
import org.springframework.integration.support.locks.LockRegistry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for leader election among applications.
 */
class LeaderElectionIntegrationTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private ConfigurableApplicationContext candidate(String instance) {
		return this.opened.add(Applications.plain(etcd, "orders", Leaders.class)
			.properties("spring.cloud.etcd.leader.roles=billing", "spring.cloud.etcd.discovery.instance-id=" + instance,
					"spring.cloud.etcd.discovery.ttl=20s")
			.run());
	}

	private static Leaders leaders(ConfigurableApplicationContext context) {
		return context.getBean(Leaders.class);
	}

	private static void awaitLeader(ConfigurableApplicationContext context) {
		await().atMost(LIMIT).until(() -> leaders(context).isLeader());
	}

	private static void revokeLease(ConfigurableApplicationContext context) {
		etcd.etcdctl("lease", "revoke", context.getBean(LeaseSession.class).status().id());
	}

	private static void awaitCandidates(int count) {
		await().atMost(LIMIT)
			.until(() -> etcd.etcdctl("get", "--prefix", "--keys-only", "/leaders/billing/")
				.lines()
				.filter((line) -> !line.isBlank())
				.count() == count);
	}

	@Test
	void oneApplicationIsTheLeaderUntilItStops() {
		ConfigurableApplicationContext first = candidate("orders-1");
		awaitLeader(first);
		ConfigurableApplicationContext second = candidate("orders-2");
		awaitCandidates(2);
		assertThat(leaders(second).isLeader()).isFalse();
		assertThat(etcd.etcdctl("get", "--prefix", "--print-value-only", "--sort-by=CREATE", "--limit=1",
				"/leaders/billing/"))
			.isEqualToIgnoringNewLines("orders-1");
		long token = leaders(first).token();
		Leaders former = leaders(first);
		first.close();
		assertThat(former.events).containsExactly("granted billing", "revoked billing");
		awaitLeader(second);
		assertThat(leaders(second).token()).isGreaterThan(token);
	}

	@Test
	void leadershipIsRevokedAtOnceWhenTheLeaseIsLost() {
		ConfigurableApplicationContext first = candidate("orders-1");
		awaitLeader(first);
		ConfigurableApplicationContext second = candidate("orders-2");
		awaitCandidates(2);
		revokeLease(first);
		await().atMost(LIMIT).until(() -> leaders(first).events.size() == 2);
		assertThat(leaders(first).isLeader()).isFalse();
		awaitLeader(second);
		second.close();
		awaitLeader(first);
		assertThat(leaders(first).events).containsExactly("granted billing", "revoked billing", "granted billing");
	}

	@Test
	void leaderThatYieldsIsElectedAgainAfterTheOthers() {
		ConfigurableApplicationContext first = candidate("orders-1");
		awaitLeader(first);
		ConfigurableApplicationContext second = candidate("orders-2");
		awaitCandidates(2);
		leaders(first).context.yield();
		awaitLeader(second);
		assertThat(leaders(first).events).containsExactly("granted billing", "revoked billing");
		awaitCandidates(2);
		leaders(second).context.yield();
		awaitLeader(first);
	}

	@Test
	void etcdctlTakesPartInTheElection() {
		ConfigurableApplicationContext first = candidate("orders-1");
		awaitLeader(first);
		CompletableFuture<String> etcdctl = CompletableFuture
			.supplyAsync(() -> etcd.etcdctl("lock", "/leaders/billing", "echo", "elected"));
		awaitCandidates(2);
		assertThat(etcdctl).isNotDone();
		leaders(first).context.yield();
		assertThat(etcdctl).succeedsWithin(LIMIT).isEqualTo("elected\n");
		awaitLeader(first);
	}

	@Test
	void candidateBeanIsInterruptedAndRevokedWhenItsLeadershipEnds() {
		ConfigurableApplicationContext context = this.opened
			.add(Applications.plain(etcd, "orders", BlockingCandidate.class)
				.properties("spring.cloud.etcd.discovery.ttl=20s")
				.run());
		BlockingCandidate candidate = context.getBean(BlockingCandidate.class);
		await().atMost(LIMIT).until(() -> candidate.calls.contains("granted"));
		revokeLease(context);
		await().atMost(LIMIT).until(() -> candidate.calls.size() == 4);
		assertThat(candidate.calls).containsExactly("granted", "interrupted", "revoked", "granted");
	}

	@Test
	void closedApplicationLeavesNoThreadNoKeyAndNoLease() {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		List<String> leases = Keys.leases(etcd);
		try (ConfigurableApplicationContext context = candidate("orders-1")) {
			awaitLeader(context);
			EtcdLock lock = (EtcdLock) context.getBean(LockRegistry.class).obtain("job");
			lock.lock();
			await().atMost(LIMIT)
				.until(() -> RemainingThreads.since(before).stream().anyMatch("etcd-mirror-lock"::equals));
		}
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", "/").trim()).isEmpty();
		// etcdctl leaves its leases behind
		assertThat(leases).containsAll(Keys.leases(etcd));
		await().atMost(LIMIT).until(() -> RemainingThreads.since(before).isEmpty());
	}

	/**
	 * Records leaderships. Example of the documentation.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Leaders {

		private final Queue<String> events = new ConcurrentLinkedQueue<>();

		private volatile Context context;

		@EventListener
		void granted(OnGrantedEvent event) {
			this.context = event.getContext();
			this.events.add("granted " + event.getRole());
		}

		@EventListener
		void revoked(OnRevokedEvent event) {
			this.events.add("revoked " + event.getRole());
		}

		boolean isLeader() {
			Context current = this.context;
			return current != null && current.isLeader();
		}

		long token() {
			return ((EtcdLeaderContext) this.context).token().revision();
		}

	}

	/**
	 * Works while it is the leader.
	 */
	@Configuration(proxyBeanMethods = false)
	static class BlockingCandidate {

		private final Queue<String> calls = new ConcurrentLinkedQueue<>();

		@Bean
		Candidate candidate() {
			return new AbstractCandidate("me", "shipping") {

				@Override
				public void onGranted(Context context) throws InterruptedException {
					BlockingCandidate.this.calls.add("granted");
					try {
						new CountDownLatch(1).await();
					}
					catch (InterruptedException ex) {
						BlockingCandidate.this.calls.add("interrupted");
						throw ex;
					}
				}

				@Override
				public void onRevoked(Context context) {
					BlockingCandidate.this.calls.add("revoked");
				}

			};
		}

	}

}
