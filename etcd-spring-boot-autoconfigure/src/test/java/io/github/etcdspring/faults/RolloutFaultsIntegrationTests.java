package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Faults in the middle of a rollout.
 */
@ExtendWith(OutputCaptureExtension.class)
class RolloutFaultsIntegrationTests {

	private static final String SIZE = "/config/orders/size";

	private static final String CHANGES = "/config/orders/.rollout/changes";

	private static final String DRIVER = "/config/orders/.rollout/driver";

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private EtcdServer etcd;

	private TestConnection store;

	@BeforeEach
	void startEtcd() {
		this.etcd = this.opened.etcd();
		this.store = this.opened.connection(this.etcd);
		this.store.put(SIZE, "1");
	}

	@Test
	void killedDriverIsReplacedAndTheRolloutGoesOn() throws IOException {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigurableApplicationContext two = start("two", this.etcd.endpoint());
		try (JavaProcess author = JavaProcess.start(RolloutAuthor.class,
				"--spring.cloud.etcd.endpoints=" + this.etcd.endpoint(), "--spring.main.web-application-type=none",
				"--spring.application.name=author", "--spring.cloud.etcd.discovery.enabled=false")) {
			await().atMost(JavaProcess.START_TIMEOUT).until(() -> this.store.find(CHANGES) != null);
			author.kill();
		}
		ConfigRollout rollout = operations(two).find(SIZE);
		within().until(() -> size(one), "2"::equals);
		assertThat(rollout.await(Duration.ofSeconds(60)).state()).isEqualTo(State.WRITTEN);
		within().until(() -> List.of(size(one), size(two)), List.of("2", "2")::equals);
	}

	@Test
	void rolloutGoesOnAfterEtcdWasKilled() {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigurableApplicationContext two = start("two", this.etcd.endpoint());
		ConfigRollout rollout = operations(two).start(plan("2", Duration.ofSeconds(8)));
		within().until(() -> size(one), "2"::equals);
		this.etcd.kill();
		within().until(() -> one.getBean(ConfigWatch.class).status().problem() != null);
		assertThat(size(one)).isEqualTo("2");
		assertThat(size(two)).isEqualTo("1");
		this.etcd.restart();
		RolloutOutcome outcome = rollout.await(Duration.ofSeconds(60));
		assertThat(outcome.state()).as(outcome.toString()).isNotEqualTo(State.RUNNING);
		String expected = (outcome.state() == State.WRITTEN) ? "2" : "1";
		within().until(() -> List.of(size(one), size(two)), List.of(expected, expected)::equals);
		assertThat(this.store.find(SIZE).getValue()).hasToString(expected);
		within().until(() -> this.store.find(CHANGES) == null && this.store.find(DRIVER) == null);
	}

	@Test
	void rolloutGoesOnAfterACompaction() {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigRollout rollout = operations(one).start(plan("2", Duration.ofSeconds(3)));
		within().until(() -> size(one), "2"::equals);
		this.store.put("/other", "x");
		this.etcd.etcdctl("compact", String.valueOf(this.etcd.revision()));
		assertThat(rollout.await(Duration.ofSeconds(30)).state()).isEqualTo(State.WRITTEN);
		assertThat(size(one)).isEqualTo("2");
	}

	@Test
	void disconnectedDriverIsReplacedAndHasNoEffectWhenItReturns(CapturedOutput output) {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		try (TcpProxy proxy = TcpProxy.to(this.etcd.port())) {
			ConfigurableApplicationContext author = Applications.plain(this.etcd, "author")
				.properties("spring.cloud.etcd.discovery.enabled=false")
				.run("--spring.cloud.etcd.endpoints=http://127.0.0.1:" + proxy.port());
			this.opened.add(author);
			ConfigRollout rollout = operations(author).start(plan("2", Duration.ofSeconds(40)));
			within().until(() -> size(one), "2"::equals);
			long first = this.store.find(DRIVER).getCreateRevision();
			proxy.drop();
			within()
				.until(() -> this.store.find(DRIVER) != null && this.store.find(DRIVER).getCreateRevision() != first);
			assertThat(this.store.find(DRIVER).getValue()).hasToString("orders");
			long second = this.store.find(DRIVER).getCreateRevision();
			proxy.restore();
			within().until(() -> output.getAll().contains("is driven by this process"));
			assertThat(operations(author).find(SIZE).stop("enough").state()).isEqualTo(State.STOPPED);
			assertThat(second).isGreaterThan(first);
			assertThat(rollout.await(Duration.ofSeconds(10)).state()).isEqualTo(State.STOPPED);
		}
		within().until(() -> size(one), "1"::equals);
		within().until(() -> this.store.find(CHANGES) == null && this.store.find(DRIVER) == null);
	}

	@Test
	void rolloutThatNobodyDrivesEndsWithItsLease() {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint(),
				"spring.cloud.etcd.rollout.drive=false");
		ConfigurableApplicationContext author = Applications.plain(this.etcd, "author").run();
		operations(author).start(plan("2", Duration.ofMinutes(5)));
		within().until(() -> size(one), "2"::equals);
		author.close();
		within().until(() -> this.store.find(DRIVER) == null);
		assertThat(size(one)).isEqualTo("2");
		// the lease ends a minute after its last renewal
		this.store.revokeLease(this.store.find(CHANGES).getLease());
		within().until(() -> size(one), "1"::equals);
		assertThat(operations(one).find(SIZE)).isNull();
	}

	@Test
	void lossOfAllLeasesStopsTheRollout() {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigurableApplicationContext two = start("two", this.etcd.endpoint());
		ConfigRollout rollout = operations(two).start(plan("2", Duration.ofMinutes(5)));
		within().until(() -> size(one), "2"::equals);
		for (String lease : Keys.leases(this.etcd)) {
			this.etcd.etcdctl("lease", "revoke", lease);
		}
		assertHasStopped(rollout, one, two);
	}

	@Test
	void backupFromBeforeTheRolloutStopsIt(@TempDir Path folder) {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigurableApplicationContext two = start("two", this.etcd.endpoint());
		this.etcd.saveSnapshot(folder.resolve("before"));
		ConfigRollout rollout = operations(two).start(plan("2", Duration.ofMinutes(5)));
		within().until(() -> size(one), "2"::equals);
		this.etcd.restoreSnapshot(folder.resolve("before"));
		this.etcd.restart();
		assertHasStopped(rollout, one, two);
	}

	/**
	 * A backup contains the leases, so a driver that has ended is replaced after its TTL.
	 */
	@Test
	void rolloutGoesOnFromABackupThatContainsIt(@TempDir Path folder) {
		ConfigurableApplicationContext one = start("one", this.etcd.endpoint());
		ConfigurableApplicationContext two = start("two", this.etcd.endpoint());
		ConfigRollout rollout = operations(two).start(plan("2", Duration.ofMinutes(5)));
		within().until(() -> size(one), "2"::equals);
		long first = this.store.find(DRIVER).getCreateRevision();
		this.etcd.saveSnapshot(folder.resolve("during"));
		assertThat(rollout.stop("enough").state()).isEqualTo(State.STOPPED);
		within().until(() -> size(one), "1"::equals);
		this.etcd.restoreSnapshot(folder.resolve("during"));
		this.etcd.restart();
		within().until(() -> size(one), "2"::equals);
		within().until(() -> this.store.find(DRIVER) != null && this.store.find(DRIVER).getCreateRevision() != first);
		assertThat(operations(two).find(SIZE).id()).isEqualTo(rollout.id());
		assertThat(rollout.stop("enough again").state()).isEqualTo(State.STOPPED);
		assertHasStopped(rollout, one, two);
	}

	/** Checks that the instances are known again, and do not return to the changes. */
	private void assertHasStopped(ConfigRollout rollout, ConfigurableApplicationContext one,
			ConfigurableApplicationContext two) {
		within().until(() -> size(one), "1"::equals);
		assertThat(rollout.await(Duration.ofSeconds(30)).state()).isEqualTo(State.STOPPED);
		within().until(() -> this.etcd.etcdctl("get", "--prefix", "--keys-only", "/config/").strip(), SIZE::equals);
		within().until(() -> one.getBean(EtcdFleetOperations.class)
			.list("orders")
			.stream()
			.filter((instance) -> instance.answers().isEmpty())
			.count() == 2);
		assertThat(this.store.find(SIZE).getValue()).hasToString("1");
		assertThat(List.of(size(one), size(two))).containsExactly("1", "1");
	}

	@Test
	void roleThatMayOnlyReadDoesNotDrive(CapturedOutput output) {
		this.etcd.etcdctl("user", "add", "orders:secret");
		this.etcd.etcdctl("role", "add", "orders");
		for (String grant : List.of("read /config/application", "read /config/orders", "readwrite /services/orders/",
				"read /services/", "read /overrides/", "readwrite /overrides/orders/", "readwrite /fleet/orders/")) {
			int space = grant.indexOf(' ');
			this.etcd.etcdctl("role", "grant-permission", "orders", "--prefix=true", grant.substring(0, space),
					grant.substring(space + 1));
		}
		this.etcd.etcdctl("user", "grant-role", "orders", "orders");
		this.etcd.enableAuthentication("root");
		String[] asReader = { "spring.cloud.etcd.username=orders", "spring.cloud.etcd.password=secret" };
		String[] asRoot = { "spring.cloud.etcd.username=root", "spring.cloud.etcd.password=root" };
		ConfigurableApplicationContext author = Applications.plain(this.etcd, "author").properties(asRoot).run();
		this.opened.add(author);
		ConfigurableApplicationContext one = startWithoutWaiting("one", this.etcd.endpoint(), asReader);
		within().until(() -> !author.getBean(EtcdFleetOperations.class).list("orders").isEmpty());
		ConfigRollout rollout = operations(author).start(plan("2", Duration.ofSeconds(2)));
		within().until(() -> size(one), "2"::equals);
		assertThat(rollout.await(Duration.ofSeconds(30)).state()).isEqualTo(State.WRITTEN);
		operations(author).start(plan("3", Duration.ofHours(1)));
		within().until(() -> size(one), "3"::equals);
		author.close();
		within().until(() -> this.etcd.etcdctl("get", DRIVER).isEmpty());
		await().during(Duration.ofSeconds(3)).until(() -> this.etcd.etcdctl("get", DRIVER).isEmpty());
		this.etcd.etcdctl("del", CHANGES);
		within().until(() -> size(one), "2"::equals);
		assertThat(output).doesNotContain("is driven by this process");
	}

	private static RolloutPlan plan(String size, Duration watch) {
		return RolloutPlan.of("jane", "", ConfigChange.put(SIZE, size)).step(RolloutTarget.instances("one"), watch);
	}

	private static EtcdRolloutOperations operations(ConfigurableApplicationContext context) {
		return context.getBean(EtcdRolloutOperations.class);
	}

	private static String size(ConfigurableApplicationContext context) {
		return context.getEnvironment().getProperty("size");
	}

	private static ConditionFactory within() {
		return await().atMost(Duration.ofSeconds(30));
	}

	private ConfigurableApplicationContext start(String instance, String endpoint, String... properties) {
		ConfigurableApplicationContext context = startWithoutWaiting(instance, endpoint, properties);
		within().until(() -> context.getBean(EtcdFleetOperations.class)
			.list("orders")
			.stream()
			.anyMatch((found) -> found.instance().equals(instance)));
		return context;
	}

	private ConfigurableApplicationContext startWithoutWaiting(String instance, String endpoint, String... properties) {
		ConfigurableApplicationContext context = Applications.plain(this.etcd, "orders")
			.properties("spring.config.import=optional:etcd:", "spring.cloud.etcd.endpoints=" + endpoint,
					"spring.cloud.etcd.discovery.instance-id=" + instance)
			.properties(properties)
			.run();
		this.opened.add(context);
		return context;
	}

}
