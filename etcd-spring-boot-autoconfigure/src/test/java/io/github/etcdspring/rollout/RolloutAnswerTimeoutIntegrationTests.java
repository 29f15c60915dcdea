package io.github.etcdspring.rollout;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigWriter;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for rollouts to instances that do not apply the changes, with a
 * shorter timeout than {@link RolloutProgress#ANSWER_TIMEOUT}.
 */
class RolloutAnswerTimeoutIntegrationTests {

	private static final String SIZE = "/config/orders/size";

	/** Long enough for an instance that applies the changes on a busy machine. */
	private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private ConfigurableApplicationContext author;

	private ConfigurableApplicationContext one;

	@BeforeEach
	void startInstance() {
		store.put(SIZE, "1");
		this.author = this.opened.add(Applications.plain(etcd, "author").run());
		this.one = this.opened.add(Applications.plain(etcd, "orders")
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.instance-id=one")
			.run());
		within().until(() -> isKnown("one"));
	}

	@Test
	void instanceThatDoesNotApplyTheChangesStopsTheRollout() {
		store.put("/fleet/orders/two", "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		assertIsStopped(start());
	}

	@Test
	void suspendedInstanceStopsTheRollout() throws IOException {
		try (JavaProcess suspended = JavaProcess.start(PlainApplication.class,
				"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.application.name=orders",
				"--spring.config.import=etcd:", "--spring.main.web-application-type=none",
				"--spring.main.keep-alive=true", "--spring.cloud.etcd.discovery.port=9999",
				"--spring.cloud.etcd.discovery.instance-id=two", "--spring.cloud.etcd.discovery.ttl=5m")) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> isKnown("two"));
			suspended.signal("STOP");
			assertIsStopped(start());
			suspended.signal("CONT");
			store.put(SIZE, "3");
			long written = etcd.revisionOf(SIZE);
			within().until(() -> this.author.getBean(EtcdFleetOperations.class)
				.list("orders")
				.stream()
				.allMatch((instance) -> instance.hasApplied(written) && instance.answers().isEmpty()));
		}
	}

	private void assertIsStopped(ConfigRollout rollout) {
		within().until(this::size, "2"::equals);
		RolloutOutcome outcome = rollout.await(TIMEOUT);
		assertThat(outcome.state()).isEqualTo(State.STOPPED);
		assertThat(outcome.reason()).startsWith("no answer from ").endsWith("orders/two within 10 s");
		within().until(this::size, "1"::equals);
		within().until(() -> etcd.etcdctl("get", "--prefix", "--keys-only", "/config/").strip(), SIZE::equals);
		assertThat(store.find(SIZE).getValue()).hasToString("1");
	}

	private ConfigRollout start() {
		RolloutDrivers drivers = new RolloutDrivers(this.author.getBean(EtcdConnection.class),
				this.author.getBean(ConfigWriter.class), this.author.getBean(FleetReader.class), "author",
				ANSWER_TIMEOUT);
		this.opened.add(drivers::destroy);
		return new EtcdRolloutTemplate(drivers).start(
				RolloutPlan.of("jane", "", ConfigChange.put(SIZE, "2")).step(RolloutTarget.share(100), Duration.ZERO));
	}

	private String size() {
		return Objects.requireNonNull(this.one.getEnvironment().getProperty("size"));
	}

	private boolean isKnown(String instance) {
		return this.author.getBean(EtcdFleetOperations.class)
			.list("orders")
			.stream()
			.anyMatch((found) -> found.instance().equals(instance));
	}

	private static ConditionFactory within() {
		return await().atMost(TIMEOUT);
	}

}
