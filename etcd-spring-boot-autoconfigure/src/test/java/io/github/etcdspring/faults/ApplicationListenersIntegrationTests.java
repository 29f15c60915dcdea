package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.faults.FailureInjection.Behavior;
import io.github.etcdspring.faults.FailureInjection.Bound;
import io.github.etcdspring.faults.FailureInjection.Location;
import io.github.etcdspring.faults.FailureInjection.Scoped;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners and beans of the application that fail or block: the next change is still
 * applied, and they delay neither the service catalog nor the lease.
 */
class ApplicationListenersIntegrationTests {

	private static final FaultReport report = new FaultReport(ApplicationListenersIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	private static ConfigurableApplicationContext context;

	private static int number;

	private static int instances;

	@BeforeAll
	static void start() {
		write();
		context = Applications.plain(etcd, "failing", FailureInjection.class)
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.ttl=2s")
			.run();
	}

	@AfterAll
	static void stop() {
		FailureInjection.location = Location.NONE;
		context.close();
	}

	@ParameterizedTest
	@CsvSource({ "APPLIED_LISTENER, THROWS", "APPLIED_LISTENER, THROWS_ERROR", "APPLIED_LISTENER, BLOCKS",
			"HEARTBEAT_LISTENER, THROWS", "HEARTBEAT_LISTENER, THROWS_ERROR", "HEARTBEAT_LISTENER, BLOCKS",
			"SCOPED_BEAN, BLOCKS" })
	void failingOrSlowListenerDoesNotDelayAnythingElse(Location location, Behavior behavior) {
		begin(location, behavior);
		write();
		Duration instance = instanceAppears();
		ForkedApplication.within(Duration.ofSeconds(5)).until(() -> environment() == number);
		ForkedApplication.within(Duration.ofSeconds(5)).until(() -> FailureInjection.calls.get() > 0);
		write();
		Duration another = instanceAppears();
		// two calls that block for three seconds each may precede it
		ForkedApplication.within(Duration.ofSeconds(8)).until(() -> environment() == number);
		leaseIsRenewed();
		FailureInjection.location = Location.NONE;
		Duration configuration = changeIsApplied();
		report.add(location + " " + behavior,
				"next change applied, lease renewed, another instance after " + FaultReport.seconds(another) + " s",
				configuration, instance, null);
	}

	@ParameterizedTest
	@CsvSource({ "SETTER, THROWS", "SETTER, THROWS_ERROR", "SETTER, BLOCKS", "SCOPED_BEAN, THROWS",
			"SCOPED_BEAN, THROWS_ERROR" })
	void failingBeanRejectsOnlyOneChange(Location location, Behavior behavior) {
		int before = number;
		begin(location, behavior);
		write();
		Duration instance = instanceAppears();
		ForkedApplication.within(Duration.ofSeconds(5)).until(() -> FailureInjection.calls.get() > 0);
		if (behavior != Behavior.BLOCKS) {
			ForkedApplication.within(Duration.ofSeconds(5))
				.until(() -> context.getBean(ConfigRefresh.class).status().rejected() != null);
			assertThat(environment()).isEqualTo(before);
		}
		leaseIsRenewed();
		FailureInjection.location = Location.NONE;
		Duration configuration = changeIsApplied();
		report.add(location + " " + behavior, "lease renewed", configuration, instance, null);
	}

	private static void begin(Location location, Behavior behavior) {
		FailureInjection.calls.set(0);
		FailureInjection.behavior = behavior;
		FailureInjection.location = location;
	}

	private static void write() {
		connection.put("/config/failing/failing/number", "" + ++number);
	}

	private static int environment() {
		return context.getEnvironment().getRequiredProperty("failing.number", Integer.class);
	}

	private static Duration instanceAppears() {
		long before = System.nanoTime();
		connection.put("/services/others/" + ++instances, "127.0.0.1:" + instances);
		DiscoveryClient client = context.getBean(DiscoveryClient.class);
		ForkedApplication.within(Duration.ofMillis(500))
			.pollInterval(Duration.ofMillis(5))
			.until(() -> client.getInstances("others").size() == instances);
		return FaultReport.since(before);
	}

	private static void leaseIsRenewed() {
		LeaseSession session = context.getBean(LeaseSession.class);
		long renewals = session.renewals();
		ForkedApplication.within(Duration.ofSeconds(2)).until(() -> session.renewals() > renewals);
		assertThat(session.status().losses()).isZero();
	}

	private static Duration changeIsApplied() {
		long before = System.nanoTime();
		write();
		// a call that blocks for three seconds may precede it
		ForkedApplication.within(Duration.ofSeconds(8))
			.pollInterval(Duration.ofMillis(10))
			.until(() -> environment() == number && context.getBean(Bound.class).getNumber() == number
					&& context.getBean(Scoped.class).number() == number);
		assertThat(context.getBean(ConfigRefresh.class).status().rejected()).isNull();
		return FaultReport.since(before);
	}

}
