package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.CallLoad;
import io.github.etcdspring.fixture.Calls;
import io.github.etcdspring.fixture.HttpInstances;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.LoadBalancedClient;
import io.github.etcdspring.loadbalancer.EjectedInstance;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Faults of several instances, of their keys or of etcd, while another application calls
 * the service 200 times per second.
 */
class ServiceFaultsIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private static final Duration HALF_A_SECOND = Duration.ofMillis(500);

	private static final int CALLS_PER_SECOND = 200;

	private static final FaultReport report = new FaultReport(ServiceFaultsIntegrationTests.class);

	private final EtcdServer etcd = EtcdServer.start();

	private final HttpInstances instances = new HttpInstances(this.etcd, "greeting");

	private final List<AutoCloseable> resources = new ArrayList<>();

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		this.instances.close();
		this.etcd.close();
	}

	@Test
	void allLeasesRevoked() {
		for (String id : List.of("a", "b", "c", "d")) {
			this.resources.add(Applications.servlet(this.etcd, "greeting")
				.properties("spring.cloud.etcd.discovery.instance-id=" + id)
				.run());
		}
		ConfigurableApplicationContext application = application(4);
		try (CallLoad load = load(application, LoadBalancedClient.REST_TEMPLATE)) {
			for (int i = 0; i < 3; i++) {
				Keys.leases(this.etcd).parallelStream().forEach((lease) -> this.etcd.etcdctl("lease", "revoke", lease));
				load.await(HALF_A_SECOND);
				awaitInstances(application, 4);
			}
			assertThat(load.calls().failed().all()).isEmpty();
			addToReport("all leases of four applications revoked, three times", load.calls());
		}
		assertThat(application.getBean(ServiceCatalog.class).massExpiries()).isEmpty();
	}

	@Test
	void etcdWiped() {
		this.instances.startAndRegister("a", "b", "c");
		ConfigurableApplicationContext application = application(3);
		try (CallLoad load = load(application, LoadBalancedClient.REST_CLIENT)) {
			this.etcd.wipe();
			this.etcd.restart();
			awaitInstances(application, 0);
			long empty = System.nanoTime();
			load.await(HALF_A_SECOND);
			assertThat(load.calls().startedFrom(empty).responses()).containsExactlyInAnyOrder("a", "b", "c");
			this.instances.register("a", "b", "c");
			awaitInstances(application, 3);
			load.await(HALF_A_SECOND);
			assertThat(load.calls().failed().all()).isEmpty();
			addToReport("etcd wiped, three instances registered again after the restart", load.calls());
		}
	}

	@Test
	void halfOfTheInstancesKilledWhileEtcdRestarts() {
		this.instances.startAndRegister("a", "b", "c", "d");
		ConfigurableApplicationContext application = application(4);
		try (CallLoad load = load(application, LoadBalancedClient.REST_CLIENT)) {
			this.etcd.kill();
			long before = System.nanoTime();
			this.instances.kill("a", "b");
			long after = System.nanoTime();
			this.etcd.restart();
			load.await(HALF_A_SECOND);
			this.instances.revoke("a", "b");
			awaitInstances(application, 2);
			load.await(HALF_A_SECOND);
			Calls calls = load.calls();
			assertThat(calls.failed().size()).isLessThanOrEqualTo(calls.inFlight(before, after));
			assertThat(calls.failed().startedFrom(after).all()).isEmpty();
			assertThat(calls.startedFrom(after).responses()).containsExactlyInAnyOrder("c", "d");
			addToReport("two of four instances killed while etcd restarts", calls.startedFrom(before));
		}
	}

	@Test
	void instanceDownAndUpEachSecond() {
		this.instances.startAndRegister("a", "b", "c");
		ConfigurableApplicationContext application = application(3,
				"spring.cloud.etcd.loadbalancer.ejection.max-duration=2s");
		try (CallLoad load = load(application, LoadBalancedClient.REST_CLIENT)) {
			int inFlight = 0;
			long up = 0;
			for (int i = 0; i < 3; i++) {
				long before = System.nanoTime();
				this.instances.kill("a");
				long after = System.nanoTime();
				load.await(Duration.ofSeconds(1));
				inFlight += load.calls().inFlight(before, after);
				up = System.nanoTime();
				this.instances.start("a");
				load.await(Duration.ofSeconds(1));
			}
			awaitResponse(load, up, "a");
			assertThat(load.calls().failed().all()).hasSizeLessThanOrEqualTo(inFlight);
			addToReport("one of three instances down and up each second, three times", load.calls());
		}
	}

	@Test
	void instanceThatAcceptsAndNeverResponds() {
		this.instances.startAndRegister("a", "b");
		ConfigurableApplicationContext application = application(2, "greeting.timeout=2s");
		try (CallLoad load = load(application, LoadBalancedClient.REST_TEMPLATE)) {
			this.instances.startSilent("silent");
			long begin = System.nanoTime();
			this.instances.register("silent");
			awaitInstances(application, 3);
			await().pollDelay(HALF_A_SECOND).until(() -> true);
			long noticed = System.nanoTime();
			load.await(Duration.ofSeconds(3));
			Calls calls = load.calls();
			int trials = 1 + (int) FaultReport.since(begin).toSeconds();
			assertThat(calls.failed().all()).hasSizeBetween(1, calls.inFlight(noticed, noticed) + trials);
			addToReport("one of three instances accepts connections from the start and never responds",
					calls.startedFrom(begin));
		}
	}

	@Test
	void allInstancesDown() {
		this.instances.startAndRegister("a", "b", "c");
		ConfigurableApplicationContext application = application(3);
		this.instances.kill("a", "b", "c");
		Duration longest = Duration.ZERO;
		for (LoadBalancedClient client : LoadBalancedClient.values()) {
			Supplier<String> call = client.in(application);
			for (int i = 0; i < 5; i++) {
				long start = System.nanoTime();
				assertThatException().isThrownBy(call::get);
				Duration duration = FaultReport.since(start);
				longest = (duration.compareTo(longest) > 0) ? duration : longest;
			}
		}
		assertThat(longest).isLessThan(Duration.ofSeconds(5));
		this.instances.start("a", "b", "c");
		try (CallLoad load = load(application, LoadBalancedClient.REST_CLIENT)) {
			assertThat(load.calls().failed().all()).isEmpty();
			assertThat(load.calls().responses()).containsExactlyInAnyOrder("a", "b", "c");
		}
		report.add("all three instances down, then up",
				String.format(Locale.ROOT, "an error after at most %d ms, then responses of all", longest.toMillis()),
				null, null, null);
	}

	@Test
	void ejectedInstanceIsBack() {
		this.instances.startAndRegister("a", "b", "c");
		Duration maxDuration = Duration.ofSeconds(2);
		ConfigurableApplicationContext application = application(3,
				"spring.cloud.etcd.loadbalancer.ejection.max-duration=" + maxDuration.toSeconds() + "s");
		OutlierEjection ejection = application.getBean(OutlierEjection.class);
		try (CallLoad load = load(application, LoadBalancedClient.REST_CLIENT)) {
			this.instances.kill("a");
			// The back-off has reached its maximum
			await().atMost(SOON)
				.until(() -> ejection.ejected().stream().mapToInt(EjectedInstance::failures).sum() >= 3);
			long back = System.nanoTime();
			this.instances.start("a");
			awaitResponse(load, back, "a");
			Duration until = FaultReport.since(back);
			// A fifth is the jitter
			assertThat(until)
				.isLessThan(maxDuration.plus(maxDuration.dividedBy(5)).plus(ForkedApplication.LOAD_TOLERANCE));
			report.add("ejected instance is back, its key unchanged",
					"called after " + FaultReport.seconds(until) + " s (maximum of the back-off 2 s)", null, null,
					null);
		}
	}

	private ConfigurableApplicationContext application(int instances, String... properties) {
		ConfigurableApplicationContext application = Applications
			.plain(this.etcd, "client", LoadBalancedClient.Clients.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.properties(properties)
			.run();
		this.resources.add(application);
		awaitInstances(application, instances);
		return application;
	}

	private static void awaitInstances(ConfigurableApplicationContext application, int number) {
		DiscoveryClient client = application.getBean(DiscoveryClient.class);
		await().atMost(SOON).until(() -> client.getInstances("greeting").size() == number);
	}

	/**
	 * Start to call, and wait for the first responses.
	 */
	private static CallLoad load(ConfigurableApplicationContext application, LoadBalancedClient client) {
		CallLoad load = new CallLoad(CALLS_PER_SECOND, client.in(application));
		load.await(HALF_A_SECOND);
		return load;
	}

	private static void awaitResponse(CallLoad load, long since, String id) {
		await().atMost(SOON)
			.pollInterval(Duration.ofMillis(20))
			.until(() -> load.calls().startedFrom(since).responses().contains(id));
	}

	private static void addToReport(String fault, Calls calls) {
		report.add(fault, calls.failed().size() + " of " + calls.size() + " calls failed", null, null, null);
	}

}
