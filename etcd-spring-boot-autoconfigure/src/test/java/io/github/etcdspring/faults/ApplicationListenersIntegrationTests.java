package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.faults.ApplicationMischief.Bound;
import io.github.etcdspring.faults.ApplicationMischief.Manner;
import io.github.etcdspring.faults.ApplicationMischief.Place;
import io.github.etcdspring.faults.ApplicationMischief.Scoped;
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
 * What the application does when it is told of a change, or made anew by it, is its own
 * affair: the next change is applied all the same, and neither the catalog nor the lease
 * waits for it.
 */
class ApplicationListenersIntegrationTests {

	private static final Report report = new Report(ApplicationListenersIntegrationTests.class);

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
		context = Applications.plain(etcd, "mischief", ApplicationMischief.class)
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.ttl=2s")
			.run();
	}

	@AfterAll
	static void stop() {
		ApplicationMischief.place = Place.NOWHERE;
		context.close();
	}

	@ParameterizedTest
	@CsvSource({ "APPLIED_LISTENER, THROWS", "APPLIED_LISTENER, THROWS_ERROR", "APPLIED_LISTENER, TAKES_LONG",
			"HEARTBEAT_LISTENER, THROWS", "HEARTBEAT_LISTENER, THROWS_ERROR", "HEARTBEAT_LISTENER, TAKES_LONG",
			"SCOPED_BEAN, TAKES_LONG" })
	void nextChangeIsAppliedAndNothingElseIsHeldUp(Place place, Manner manner) {
		begin(place, manner);
		write();
		Duration instance = instanceAppears();
		ApplicationFork.within(Duration.ofSeconds(5)).until(() -> environment() == number);
		ApplicationFork.within(Duration.ofSeconds(5)).until(() -> ApplicationMischief.incidents.get() > 0);
		write();
		Duration another = instanceAppears();
		// two that take three seconds each may come before it
		ApplicationFork.within(Duration.ofSeconds(8)).until(() -> environment() == number);
		leaseIsRenewed();
		ApplicationMischief.place = Place.NOWHERE;
		Duration configuration = changeIsApplied();
		report.add(place + " " + manner,
				"next change applied, lease renewed, another instance after " + Report.seconds(another) + " s",
				configuration, instance, null);
	}

	@ParameterizedTest
	@CsvSource({ "SETTER, THROWS", "SETTER, THROWS_ERROR", "SETTER, TAKES_LONG", "SCOPED_BEAN, THROWS",
			"SCOPED_BEAN, THROWS_ERROR" })
	void beanThatThrowsRejectsAChangeAndNotTheNext(Place place, Manner manner) {
		int before = number;
		begin(place, manner);
		write();
		Duration instance = instanceAppears();
		ApplicationFork.within(Duration.ofSeconds(5)).until(() -> ApplicationMischief.incidents.get() > 0);
		if (manner != Manner.TAKES_LONG) {
			ApplicationFork.within(Duration.ofSeconds(5))
				.until(() -> context.getBean(ConfigRefresh.class).status().rejected() != null);
			assertThat(environment()).isEqualTo(before);
		}
		leaseIsRenewed();
		ApplicationMischief.place = Place.NOWHERE;
		Duration configuration = changeIsApplied();
		report.add(place + " " + manner, "lease renewed", configuration, instance, null);
	}

	private static void begin(Place place, Manner manner) {
		ApplicationMischief.incidents.set(0);
		ApplicationMischief.manner = manner;
		ApplicationMischief.place = place;
	}

	private static void write() {
		connection.put("/config/mischief/mischief/number", "" + ++number);
	}

	private static int environment() {
		return context.getEnvironment().getRequiredProperty("mischief.number", Integer.class);
	}

	private static Duration instanceAppears() {
		long before = System.nanoTime();
		connection.put("/services/others/" + ++instances, "127.0.0.1:" + instances);
		DiscoveryClient client = context.getBean(DiscoveryClient.class);
		ApplicationFork.within(Duration.ofMillis(500))
			.pollInterval(Duration.ofMillis(5))
			.until(() -> client.getInstances("others").size() == instances);
		return Report.since(before);
	}

	private static void leaseIsRenewed() {
		LeaseSession session = context.getBean(LeaseSession.class);
		long renewals = session.renewals();
		ApplicationFork.within(Duration.ofSeconds(2)).until(() -> session.renewals() > renewals);
		assertThat(session.status().losses()).isZero();
	}

	private static Duration changeIsApplied() {
		long before = System.nanoTime();
		write();
		// one that takes three seconds may come before it
		ApplicationFork.within(Duration.ofSeconds(8))
			.pollInterval(Duration.ofMillis(10))
			.until(() -> environment() == number && context.getBean(Bound.class).getNumber() == number
					&& context.getBean(Scoped.class).number() == number);
		assertThat(context.getBean(ConfigRefresh.class).status().rejected()).isNull();
		return Report.since(before);
	}

}
