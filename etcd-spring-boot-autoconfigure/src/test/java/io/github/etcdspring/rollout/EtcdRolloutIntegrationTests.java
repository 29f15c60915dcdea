package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.testsupport.EtcdServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdRollout}.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdRolloutIntegrationTests {

	private static final String SIZE = "/config/orders/cache/size";

	private static final String CHANGES = "/config/orders/cache/.rollout/changes";

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final Duration LONG = Duration.ofMinutes(10);

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection store;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@Test
	void isAppliedToSomeInstancesFirstAndThenWrittenForAll() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		ConfigurableApplicationContext three = start("three", Numbers.class);
		ConfigRollout rollout = operations(three)
			.start(plan("2").step(RolloutTarget.instances("one"), Duration.ofSeconds(1))
				.step(RolloutTarget.instances("two"), Duration.ofSeconds(1)));
		within().until(() -> size(one), "2"::equals);
		assertThat(size(two)).isEqualTo("1");
		assertThat(store.find(SIZE).getValue()).hasToString("1");
		assertThat(rollout.await(TIMEOUT)).isEqualTo(new RolloutOutcome(State.WRITTEN, null));
		assertThat(store.find(SIZE).getValue()).hasToString("2");
		within().until(() -> List.of(size(one), size(two), size(three)), List.of("2", "2", "2")::equals);
		assertThat(rollout.status()).isNull();
		assertThat(three.getBean(EtcdHistoryOperations.class).list("/config/orders/").get(0))
			.satisfies((entry) -> assertThat(entry.author() + ": " + entry.comment()).isEqualTo("jane: Larger cache"));
		assertThat(keysUnder("/config/")).isEqualTo(SIZE);
	}

	@Test
	void isRolledOutAsDocumented() {
		ConfigurableApplicationContext one = start("one", Numbers.class);
		EtcdRolloutOperations rollouts = operations(one);
		ConfigRollout rollout = rollouts
			.start(RolloutPlan.of("jane", "Larger cache", ConfigChange.put("/config/orders/cache/size", "200"))
				.step(RolloutTarget.share(10), Duration.ofSeconds(1))
				.step(RolloutTarget.zone("a"), Duration.ofSeconds(1))
				.stopIfMeterAbove("orders.failed", 5));
		RolloutOutcome outcome = rollout.await(Duration.ofMinutes(1));
		assertThat(outcome.state()).isEqualTo(State.WRITTEN);
	}

	@Test
	void isStoppedOnAllInstancesIfOneRejectsIt(CapturedOutput output) {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Texts.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		ConfigRollout rollout = operations(one)
			.start(plan("s3cret").step(RolloutTarget.instances("one"), Duration.ofSeconds(1))
				.step(RolloutTarget.instances("two"), LONG));
		within().until(() -> size(one), "s3cret"::equals);
		RolloutOutcome outcome = rollout.await(TIMEOUT);
		assertThat(outcome.state()).isEqualTo(State.STOPPED);
		assertThat(outcome.reason()).contains("orders/two", "cache.size").doesNotContain("s3cret");
		within().until(() -> size(one), "1"::equals);
		assertThat(size(two)).isEqualTo("1");
		assertThat(two.getBean(ConfigRefresh.class).status().rejections()).isZero();
		within().until(() -> keysUnder("/config/"), SIZE::equals);
		assertThat(output).doesNotContain("s3cret");
	}

	@Test
	void isStoppedIfAnInstanceWithTheChangesEnds() {
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		ConfigRollout rollout = operations(two).start(plan("2").step(RolloutTarget.instances("one"), LONG));
		within().until(() -> size(one), "2"::equals);
		one.close();
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "instance orders/one has ended"));
		assertThat(store.find(SIZE)).isNull();
	}

	@Test
	void deploymentStopsTheRolloutOnAllInstances() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		ConfigRollout rollout = operations(author()).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> List.of(size(one), size(two)), List.of("2", "2")::equals);
		ConfigurableApplicationContext replacement = start("three", Numbers.class);
		assertThat(size(replacement)).isEqualTo("1");
		one.close();
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "instance orders/one has ended"));
		within().until(() -> size(two), "1"::equals);
		within().until(() -> keysUnder("/config/"), SIZE::equals);
		assertThat(size(replacement)).isEqualTo("1");
		assertThat(store.find(SIZE).getValue()).hasToString("1");
	}

	@Test
	void deploymentOfTheDriverStopsTheRollout() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> List.of(size(one), size(two)), List.of("2", "2")::equals);
		ConfigRollout rollout = operations(two).find(SIZE);
		one.close();
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "instance orders/one has ended"));
		within().until(() -> size(two), "1"::equals);
		within().until(() -> keysUnder("/config/"), SIZE::equals);
	}

	/** The driver that takes over has not seen the end of the instance. */
	@Test
	void replacementWithTheSameIdStopsTheRollout() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		ConfigRollout rollout = operations(author()).find(SIZE);
		one.close();
		ConfigurableApplicationContext replacement = start("one", Numbers.class);
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "instance orders/one has ended"));
		within().until(() -> size(replacement), "1"::equals);
		within().until(() -> keysUnder("/config/"), SIZE::equals);
	}

	@Test
	void isStoppedBySomebody() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		operations(one).start(plan("2").step(RolloutTarget.share(50), LONG));
		ConfigRollout found = operations(two).find("/config/orders/cache/other");
		within().until(() -> found.status().step(), Integer.valueOf(1)::equals);
		assertThat(found.status().targets()).hasSize(1);
		within().until(() -> List.of(size(one), size(two)).contains("2"));
		assertThat(found.stop("looks odd")).isEqualTo(new RolloutOutcome(State.STOPPED, "looks odd"));
		within().until(() -> List.of(size(one), size(two)), List.of("1", "1")::equals);
		assertThat(operations(two).find(SIZE)).isNull();
		assertThat(keysUnder("/config/")).isEqualTo(SIZE);
	}

	@Test
	void deletedKeyEndsTheRollout() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		etcd.etcdctl("del", CHANGES);
		within().until(() -> size(one), "1"::equals);
		assertThat(rollout.await(TIMEOUT).state()).isEqualTo(State.STOPPED);
	}

	@Test
	void isStoppedIfTheHealthIsDown() {
		ConfigurableApplicationContext one = start("one", Switches.class);
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		one.getBean(Switches.class).status.set(Status.DOWN);
		assertThat(rollout.await(TIMEOUT).reason()).contains("the health is down");
		within().until(() -> size(one) == null);
	}

	@Test
	void isStoppedIfAMeterIsAboveItsBound() {
		ConfigurableApplicationContext one = start("one", Switches.class);
		MeterRegistry meters = one.getBean(MeterRegistry.class);
		meters.counter("orders.failed", "kind", "a").increment(100);
		ConfigRollout rollout = operations(one)
			.start(plan("2").step(RolloutTarget.share(100), LONG).stopIfMeterAbove("orders.failed", 2));
		within().until(() -> size(one), "2"::equals);
		assertThat(rollout.await(Duration.ofSeconds(3)).state()).isEqualTo(State.RUNNING);
		meters.counter("orders.failed", "kind", "b").increment(3);
		assertThat(rollout.await(TIMEOUT).reason()).contains("the meter orders.failed is above 2.0");
	}

	@Test
	void concurrentModificationStopsTheRollout() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.share(100), Duration.ofSeconds(2)));
		within().until(() -> size(one), "2"::equals);
		store.put(SIZE, "3");
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "concurrent modification of " + SIZE));
		within().until(() -> size(one), "3"::equals);
	}

	@Test
	void onlyOneRolloutChangesADirectory() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		EtcdRolloutOperations operations = operations(one);
		ConfigRollout first = operations.start(plan("2").step(RolloutTarget.share(100), LONG));
		assertThatExceptionOfType(EtcdConfigException.class)
			.isThrownBy(() -> operations.start(plan("3").step(RolloutTarget.share(100), LONG)))
			.withMessageContaining("/config/orders/cache/");
		assertThatExceptionOfType(EtcdConfigConflictException.class)
			.isThrownBy(() -> operations.start(RolloutPlan.of("jane", "", ConfigChange.put(SIZE, "3").ifRevision(1))
				.step(RolloutTarget.share(100), LONG)));
		assertThat(first.stop("enough").state()).isEqualTo(State.STOPPED);
	}

	@Test
	void changesOfSeveralDirectoriesAreAppliedAndWrittenTogether() {
		store.put("/config/application/cache/size", "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext two = start("two", Numbers.class);
		ConfigRollout rollout = operations(two).start(RolloutPlan
			.of("jane", "move", ConfigChange.delete("/config/application/cache/size"),
					ConfigChange.put("/config/orders/application.yaml", "cache: {size: 5}"))
			.step(RolloutTarget.instances("one"), Duration.ofSeconds(1)));
		within().until(() -> size(one), "5"::equals);
		assertThat(size(two)).isEqualTo("1");
		assertThat(rollout.await(TIMEOUT).state()).isEqualTo(State.WRITTEN);
		within().until(() -> size(two), "5"::equals);
		assertThat(keysUnder("/config/")).isEqualTo("/config/orders/application.yaml");
	}

	@Test
	void deletedPartEndsTheWholeRollout() {
		ConfigurableApplicationContext one = start("one", Texts.class);
		ConfigRollout rollout = operations(one).start(RolloutPlan
			.of("jane", "", ConfigChange.put("/config/application/name", "a"), ConfigChange.put(SIZE, "2"))
			.step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		etcd.etcdctl("del", CHANGES);
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "a part of the rollout is missing"));
		within().until(() -> one.getEnvironment().getProperty("name") == null && size(one) == null);
		within().until(() -> keysUnder("/config/"), String::isEmpty);
	}

	@Test
	void processThatTakesOverKnowsTheChangesInAllDirectories() {
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext shop = Applications.plain(etcd, "shop")
			.properties("spring.config.import=optional:etcd:", "spring.cloud.etcd.discovery.instance-id=two")
			.run();
		this.opened.add(shop);
		ConfigurableApplicationContext author = Applications.plain(etcd, "author").run();
		this.opened.add(author);
		within().until(() -> author.getBean(EtcdFleetOperations.class).list().size() == 2);
		operations(author).start(RolloutPlan
			.of("jane", "", ConfigChange.put(SIZE, "2"), ConfigChange.put("/config/shop/cache/size", "3"))
			.step(RolloutTarget.share(100), Duration.ofSeconds(3)));
		within().until(() -> List.of(size(one) + "", size(shop) + ""), List.of("2", "3")::equals);
		author.close();
		assertThat(operations(one).find(SIZE).await(TIMEOUT).state()).isEqualTo(State.WRITTEN);
		assertThat(List.of(size(one), size(shop))).containsExactly("2", "3");
	}

	@Test
	void otherChangesAreAppliedDuringARollout() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		store.put("/config/orders/greeting", "hello");
		within().until(() -> one.getEnvironment().getProperty("greeting"), "hello"::equals);
		assertThat(size(one)).isEqualTo("2");
		rollout.stop("enough");
		within().until(() -> size(one), "1"::equals);
		assertThat(one.getEnvironment().getProperty("greeting")).isEqualTo("hello");
	}

	@Test
	void noInstanceKeepsAValueOfAnEndedRolloutWhenTheConfigurationIsInvalid() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		store.put("/config/orders/greeting", "hello");
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.share(100), LONG));
		within().until(() -> size(one), "2"::equals);
		store.put("/config/orders/cache/limit", "no number");
		assertThat(rollout.await(TIMEOUT).state()).isEqualTo(State.STOPPED);
		within().until(() -> size(one), "1"::equals);
		assertThat(one.getBean(ConfigRefresh.class).status().rejected()).isNotNull();
		store.put("/config/orders/greeting", "good morning");
		store.delete("/config/orders/cache/limit");
		within().until(() -> one.getEnvironment().getProperty("greeting"), "good morning"::equals);
		assertThat(one.getBean(ConfigRefresh.class).status().rejected()).isNull();
	}

	@Test
	void stepWithoutALiveInstanceStopsTheRollout() {
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigRollout rollout = operations(one).start(plan("2").step(RolloutTarget.zone("b"), LONG));
		assertThat(rollout.await(TIMEOUT))
			.isEqualTo(new RolloutOutcome(State.STOPPED, "no live instance is a target of step 1"));
	}

	@Test
	void anotherProcessDrivesTheRolloutWhenItsDriverEnds() {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext author = Applications.plain(etcd, "author").run();
		this.opened.add(author);
		ConfigRollout rollout = operations(author)
			.start(plan("2").step(RolloutTarget.share(100), Duration.ofSeconds(3)));
		within().until(() -> size(one), "2"::equals);
		author.close();
		assertThat(operations(one).find(SIZE).id()).isEqualTo(rollout.id());
		assertThat(operations(one).find(SIZE).await(TIMEOUT).state()).isEqualTo(State.WRITTEN);
		assertThat(size(one)).isEqualTo("2");
	}

	@Test
	void driverThatTakesOverWatchesTheStepForItsWholeTime() {
		Duration watch = Duration.ofSeconds(6);
		ConfigurableApplicationContext one = start("one", Numbers.class);
		ConfigurableApplicationContext author = author();
		operations(author).start(plan("2").step(RolloutTarget.share(100), watch));
		within().until(() -> size(one), "2"::equals);
		ConfigRollout rollout = operations(one).find(SIZE);
		assertThat(rollout.await(watch.dividedBy(2)).state()).isEqualTo(State.RUNNING);
		long takenOver = System.nanoTime();
		author.close();
		assertThat(rollout.await(TIMEOUT).state()).isEqualTo(State.WRITTEN);
		assertThat(Duration.ofNanos(System.nanoTime() - takenOver)).isGreaterThan(watch);
	}

	@Test
	void invalidRolloutsOfOthersAreIgnored(CapturedOutput output) {
		store.put(SIZE, "1");
		ConfigurableApplicationContext one = start("one", Numbers.class);
		for (String value : List.of("no rollout", "{}", "[]", "{\"id\":1,\"targets\":5,\"changes\":[1,{\"key\":[]}]}",
				"{\"id\":\"a\",\"targets\":[\"orders/one\"],\"changes\":[{\"key\":\"/config/application/x\"}]}",
				"{\"id\":\"a\",\"directories\":[\"/config/\"],\"steps\":[{\"percent\":0,\"watch\":\"x\"}]}")) {
			store.put(CHANGES, value);
		}
		store.put(SIZE, "2");
		within().until(() -> size(one), "2"::equals);
		assertThat(one.getBean(ConfigRefresh.class).status().rejections()).isZero();
		etcd.etcdctl("del", CHANGES);
		within().until(() -> output.getAll().contains(CHANGES + " is ignored"));
	}

	@Test
	void requiresAStepAndDistinctKeys() {
		EtcdRolloutOperations operations = operations(start("one", Numbers.class));
		assertThatIllegalArgumentException().isThrownBy(() -> operations.start(plan("2")));
		assertThatIllegalArgumentException().isThrownBy(() -> RolloutPlan.of("", "", ConfigChange.delete(SIZE)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RolloutPlan.of("jane", "", ConfigChange.delete(SIZE), ConfigChange.put(SIZE, "1")));
		assertThatIllegalArgumentException().isThrownBy(() -> RolloutTarget.share(0));
	}

	private static RolloutPlan plan(String size) {
		return RolloutPlan.of("jane", "Larger cache", ConfigChange.put(SIZE, size));
	}

	private static EtcdRolloutOperations operations(ConfigurableApplicationContext context) {
		return context.getBean(EtcdRolloutOperations.class);
	}

	private static String size(ConfigurableApplicationContext context) {
		return context.getEnvironment().getProperty("cache.size");
	}

	private static String keysUnder(String prefix) {
		return etcd.etcdctl("get", "--prefix", "--keys-only", prefix).strip();
	}

	private static org.awaitility.core.ConditionFactory within() {
		return await().atMost(TIMEOUT);
	}

	/** Starts an application that is never a target. */
	private ConfigurableApplicationContext author() {
		return this.opened.add(Applications.plain(etcd, "author").run());
	}

	private ConfigurableApplicationContext start(String instance, Class<?> source) {
		ConfigurableApplicationContext context = Applications.plain(etcd, "orders", source)
			.properties("spring.config.import=optional:etcd:", "spring.cloud.etcd.discovery.instance-id=" + instance,
					"spring.cloud.etcd.discovery.instance-zone=a")
			.properties(Map.of("management.endpoint.health.group.orders.include", "*"))
			.run();
		this.opened.add(context);
		await().atMost(TIMEOUT)
			.until(() -> context.getBean(EtcdFleetOperations.class)
				.list("orders")
				.stream()
				.anyMatch((found) -> found.instance().equals(instance)));
		return context;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(NumberProperties.class)
	static class Numbers {

	}

	@Configuration(proxyBeanMethods = false)
	static class Texts {

	}

	@Configuration(proxyBeanMethods = false)
	static class Switches {

		final AtomicReference<Status> status = new AtomicReference<>(Status.UP);

		@Bean
		HealthIndicator switchedHealth() {
			return () -> Health.status(this.status.get()).build();
		}

		@Bean
		MeterRegistry meters() {
			return new SimpleMeterRegistry();
		}

	}

	@ConfigurationProperties("cache")
	record NumberProperties(@DefaultValue("0") int size, @DefaultValue("0") int limit) {

	}

}
