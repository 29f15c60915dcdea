package io.github.etcdspring.actuate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.RequiredSearch;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class EtcdMetricsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		context = Applications.plain(etcd, "measured").run("--spring.config.import=etcd:");
		soon().until(() -> Keys.of(etcd, "measured").size() == 1);
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	@Test
	void documentationListsAllMeters() throws IOException {
		connection.put("/config/measured/documented", "yes");
		soon().until(() -> refreshes("applied") > 0);
		context.getBean(EjectionMetrics.class).count("greeting", "connection failed");
		Set<String> registered = meters().getMeters()
			.stream()
			.map(Meter::getId)
			.filter((id) -> id.getName().startsWith("etcd."))
			.map((id) -> row("`" + id.getName() + "`", id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' '),
					id.getTags()
						.stream()
						.map(Tag::getKey)
						.sorted()
						.map((key) -> "`" + key + "`")
						.collect(Collectors.joining(", "))))
			.collect(Collectors.toSet());
		List<String> documented = Files.readAllLines(Path.of("../docs/observability.md"))
			.stream()
			.filter((line) -> line.matches("\\| `etcd[a-z.]+` \\|.*"))
			.map((line) -> Arrays.stream(line.split("\\|")).map(String::trim).toArray(String[]::new))
			.map((cells) -> row(cells[1], cells[2], cells[3]))
			.toList();
		assertThat(documented).containsExactlyInAnyOrderElementsOf(registered);
	}

	private static String row(String... cells) {
		return String.join(" | ", cells);
	}

	@Test
	void timesRequestsByMethodAndOutcome() {
		connection.put("/services/measured-not/json", "{");
		soon().until(() -> get("etcd.discovery.keys.skipped").gauge().value() == 1);
		for (String method : List.of("etcdserverpb.Lease/LeaseGrant", "etcdserverpb.KV/Txn", "etcdserverpb.KV/Range")) {
			Timer timer = get("etcd.client.requests").tags("method", method, "outcome", "OK").timer();
			assertThat(timer.count()).isPositive();
			assertThat(timer.totalTime(TimeUnit.SECONDS)).isPositive();
		}
		assertThat(meters().find("etcd.client.requests").timers())
			.noneMatch((timer) -> String.valueOf(timer.getId().getTag("method")).endsWith("/Watch"));
		etcd.etcdctl("lease", "revoke", Keys.leases(etcd).get(0));
		soon().until(() -> get("etcd.lease.losses").functionCounter().count() >= 1);
		soon().until(() -> Keys.of(etcd, "measured").size() == 1);
	}

	@Test
	void countsInstancesThatVanishedAtOnce() {
		assertThat(get("etcd.loadbalancer.vanished").gauge().value()).isZero();
		for (String id : List.of("a", "b", "c")) {
			connection.put("/services/vanishing/" + id, "127.0.0.1:1");
		}
		soon().until(() -> context.getBean(ServiceCatalog.class).instances().containsKey("vanishing")
				&& context.getBean(ServiceCatalog.class).instances().get("vanishing").size() == 3);
		etcd.etcdctl("del", "/services/vanishing/", "--prefix");
		soon().until(() -> get("etcd.loadbalancer.vanished").gauge().value() == 3);
	}

	@Test
	void countsRenewalsAndInstancesByRegistrationState() {
		soon().until(() -> get("etcd.lease.renewals").functionCounter().count() > 0);
		soon().until(() -> get("etcd.registration.instances").tag("state", "registered").gauge().value() == 1);
		assertThat(get("etcd.registration.instances").tag("state", "withheld").gauge().value()).isZero();
	}

	@Test
	void measuresStalenessAndReconnectsOfTheWatches() {
		for (String watch : List.of("services", "overrides", "config")) {
			soon().until(() -> get("etcd.watch.stale").tag("watch", watch).timeGauge().value() == 0);
		}
		double opened = get("etcd.watch.opened").tag("watch", "config").functionCounter().count();
		etcd.kill();
		soon().until(() -> get("etcd.watch.stale").tag("watch", "config").timeGauge().value(TimeUnit.SECONDS) > 0.5);
		etcd.restart();
		await().atMost(Duration.ofSeconds(20))
			.until(() -> get("etcd.watch.stale").tag("watch", "config").timeGauge().value() == 0);
		assertThat(get("etcd.watch.opened").tag("watch", "config").functionCounter().count()).isGreaterThan(opened);
		assertThat(get("etcd.watch.resyncs").tag("watch", "config").functionCounter().count()).isZero();
		connection.put("/config/measured/delivered", "yes");
		soon().until(() -> get("etcd.watch.delivery").tag("watch", "config").functionTimer().count() > 0);
		assertThat(get("etcd.watch.delivery").tag("watch", "config").functionTimer().totalTime(TimeUnit.NANOSECONDS))
			.isPositive();
	}

	@Test
	void timesRefreshesByOutcome() {
		double rejected = refreshes("rejected");
		connection.put("/config/measured/application.yaml", "not: [yaml");
		soon().until(() -> refreshes("rejected") == rejected + 1);
		double applied = refreshes("applied");
		connection.delete("/config/measured/application.yaml");
		soon().until(() -> refreshes("applied") == applied + 1);
		assertThat(get("etcd.config.revision").tag("state", "rejected").gauge().value()).isZero();
		assertThat(get("etcd.config.lag").timeGauge().value()).isZero();
	}

	private static double refreshes(String outcome) {
		return meters().find("etcd.config.refresh")
			.tag("outcome", outcome)
			.timers()
			.stream()
			.mapToDouble(Timer::count)
			.sum();
	}

	@Test
	void gaugesOfServicesAreAddedAndRemovedAndBounded() {
		connection.put("/services/visitor/one", "10.0.0.1:80");
		connection.put("/services/visitor/two", "10.0.0.2:80");
		soon().until(() -> instances("visitor") == 2);
		connection.delete("/services/visitor/one");
		soon().until(() -> instances("visitor") == 1);
		connection.delete("/services/visitor/two");
		soon().until(() -> meters().find("etcd.discovery.instances").tag("service", "visitor").gauge() == null);
		for (int i = 0; i < DiscoveryMetrics.MAX_TAGGED_SERVICES; i++) {
			connection.put("/services/a-" + i + "/one", "10.0.0.1:80");
		}
		soon().until(() -> get("etcd.discovery.services").gauge().value() == DiscoveryMetrics.MAX_TAGGED_SERVICES + 1);
		soon().until(() -> instances(DiscoveryMetrics.OTHERS) == 1);
		assertThat(meters().find("etcd.discovery.instances").gauges())
			.hasSize(DiscoveryMetrics.MAX_TAGGED_SERVICES + 1);
	}

	private static double instances(String service) {
		Gauge gauge = meters().find("etcd.discovery.instances").tag("service", service).gauge();
		return (gauge != null) ? gauge.value() : 0;
	}

	private static RequiredSearch get(String name) {
		return meters().get(name);
	}

	private static MeterRegistry meters() {
		return context.getBean(MeterRegistry.class);
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(15));
	}

}
