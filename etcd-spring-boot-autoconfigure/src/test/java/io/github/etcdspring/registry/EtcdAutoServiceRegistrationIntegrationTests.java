package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.event.InstancePreRegisteredEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.test.context.support.TestPropertySourceUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class EtcdAutoServiceRegistrationIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	@SharedEtcd
	private static EtcdServer etcd;

	@AfterEach
	void thaw() {
		etcd.thaw();
	}

	@Test
	void isRegisteredWhenItAcceptsTrafficAndNotWhileItsRunnersRun() {
		SeenByRunner.keys = null;
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "runner", SeenByRunner.class).run()) {
			awaitKeys("runner", 1);
			assertThat(SeenByRunner.keys).isEmpty();
			assertThat(Keys.value(etcd, Keys.of(etcd, "runner").get(0)))
				.contains("\"addr\":\"127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "\"");
		}
	}

	@Test
	void isDeregisteredWhileItRefusesTraffic() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "refusing").run()) {
			awaitKeys("refusing", 1);
			List<String> key = Keys.of(etcd, "refusing");
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			awaitKeys("refusing", 0);
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			awaitKeys("refusing", 1);
			assertThat(Keys.of(etcd, "refusing")).isEqualTo(key);
		}
	}

	@Test
	void ignoresTheReadinessOfAChildContext() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "parent").run();
				GenericApplicationContext child = new GenericApplicationContext(context)) {
			awaitKeys("parent", 1);
			child.refresh();
			publish(child, ReadinessState.REFUSING_TRAFFIC);
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			awaitKeys("parent", 0);
			publish(child, ReadinessState.ACCEPTING_TRAFFIC);
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			awaitKeys("parent", 1);
			publish(child, ReadinessState.REFUSING_TRAFFIC);
			// completes after any deregistration that the event would have caused
			context.getBean(EtcdServiceRegistry.class)
				.publish(context.getBean(EtcdRegistration.class))
				.orTimeout(5, TimeUnit.SECONDS)
				.join();
			assertThat(Keys.of(etcd, "parent")).hasSize(1);
		}
	}

	@Test
	void lastStateWinsAfterManyChangesOfReadiness() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(2);
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "flapping").run()) {
			for (ReadinessState last : ReadinessState.values()) {
				Future<?> one = threads.submit(() -> flap(context));
				Future<?> other = threads.submit(() -> flap(context));
				one.get();
				other.get();
				publish(context, last);
				int keys = (last == ReadinessState.ACCEPTING_TRAFFIC) ? 1 : 0;
				awaitKeys("flapping", keys);
				await().during(Duration.ofMillis(300))
					.atMost(SOON)
					.until(() -> Keys.of(etcd, "flapping").size() == keys);
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void lastStateWinsIfReadinessChangesWhileEtcdIsFrozen(boolean acceptsAtTheEnd) {
		String name = "frozen-" + acceptsAtTheEnd;
		try (ConfigurableApplicationContext context = Applications.plain(etcd, name).run()) {
			awaitKeys(name, 1);
			etcd.freeze();
			for (int i = 0; i < 3; i++) {
				flap(context);
			}
			publish(context, (acceptsAtTheEnd) ? ReadinessState.ACCEPTING_TRAFFIC : ReadinessState.REFUSING_TRAFFIC);
			etcd.thaw();
			await().atMost(Duration.ofSeconds(20))
				.until(() -> Keys.of(etcd, name).size() == ((acceptsAtTheEnd) ? 1 : 0));
		}
	}

	@Test
	void changedMetadataDoesNotRegisterAnInstanceThatRefusesTraffic() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "hidden").run()) {
			EtcdServiceRegistry registry = context.getBean(EtcdServiceRegistry.class);
			EtcdRegistration registration = context.getBean(EtcdRegistration.class);
			awaitKeys("hidden", 1);
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			registration.setMetadata(Map.of("version", "2"));
			registry.register(registration);
			registry.setStatus(registration, "UP");
			awaitKeys("hidden", 0);
			await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> Keys.of(etcd, "hidden").isEmpty());
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			awaitKeys("hidden", 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "hidden").get(0))).contains("\"version\":\"2\"");
		}
	}

	@Test
	void isRegisteredAgainAfterARestartOfTheContext() {
		try (ConfigurableApplicationContext context = Applications.servlet(etcd, "restarted").run()) {
			awaitKeys("restarted", 1);
			context.stop();
			assertThat(Keys.of(etcd, "restarted")).isEmpty();
			context.start();
			awaitKeys("restarted", 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "restarted").get(0)))
				.contains("\"port\":" + context.getEnvironment().getProperty("local.server.port") + ",");
		}
	}

	@Test
	void isDeregisteredBeforeBeansThatStartedEarlierAreStopped() {
		SeenWhileStopping.keys = null;
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "stopping", SeenWhileStopping.class)
			.run()) {
			awaitKeys("stopping", 1);
		}
		assertThat(SeenWhileStopping.keys).isEmpty();
	}

	@Test
	void stopWaitsForTheDrain() {
		ConfigurableApplicationContext context = Applications.plain(etcd, "drained")
			.properties("spring.cloud.etcd.discovery.drain=1500ms")
			.run();
		awaitKeys("drained", 1);
		assertThat(timeToClose(context)).isBetween(Duration.ofMillis(1500), Duration.ofMillis(4000));
	}

	@Test
	void drainStartsAfterTheDeregistration() {
		ConfigurableApplicationContext context = Applications.plain(etcd, "drained-before")
			.properties("spring.cloud.etcd.discovery.drain=5s")
			.run();
		awaitKeys("drained-before", 1);
		publish(context, ReadinessState.REFUSING_TRAFFIC);
		awaitKeys("drained-before", 0);
		await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
		assertThat(timeToClose(context)).isLessThan(Duration.ofSeconds(4));
	}

	@Test
	void stopDoesNotWaitIfNothingWasRegistered(CapturedOutput output) {
		ConfigurableApplicationContext context = withEtcdDown("never").run();
		assertThat(timeToClose(context)).isLessThan(Duration.ofSeconds(5));
		assertThat(output).doesNotContain("Failed to deregister");
	}

	@Test
	void stopIsBoundedWhileEtcdIsFrozen(CapturedOutput output) {
		ConfigurableApplicationContext context = Applications.plain(etcd, "bounded").run();
		awaitKeys("bounded", 1);
		etcd.freeze();
		assertThat(timeToClose(context)).isLessThan(Duration.ofSeconds(15));
		assertThat(output).contains("Failed to deregister the instance from etcd in time. Its key expires within 10 s");
	}

	@Test
	void instanceRemainsForItsTtlIfDeregistrationIsDisabled() {
		ConfigurableApplicationContext context = Applications.servlet(etcd, "left")
			.properties("spring.cloud.etcd.discovery.deregister=false", "spring.cloud.etcd.discovery.ttl=2s")
			.run();
		awaitKeys("left", 1);
		context.close();
		assertThat(Keys.of(etcd, "left")).hasSize(1);
		awaitKeys("left", 0);
	}

	@Test
	void publishesOneEventBeforeAndOneAfterEachRegistration() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "announced", Announcements.class)
			.run()) {
			Announcements announcements = context.getBean(Announcements.class);
			await().atMost(SOON).until(() -> announcements.after.get() == 1);
			assertThat(announcements.before.get()).isEqualTo(1);
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			context.getBean(EtcdServiceRegistry.class).register(context.getBean(EtcdRegistration.class));
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			await().atMost(SOON).until(() -> announcements.after.get() == 2);
			assertThat(announcements.before.get()).isEqualTo(2);
		}
	}

	@Test
	void metadataOfListenersAndHooksIsRegistered() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "described")
			.sources(Describing.class)
			.run()) {
			awaitKeys("described", 1);
			assertThat(Keys.value(etcd, Keys.of(etcd, "described").get(0))).contains("\"gRPC_port\":\"9090\"",
					"\"own\":\"1\"", "\"general\":\"2\"");
		}
	}

	@Test
	void contextPausedByATestIsDeregisteredWithoutADrain() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(ConfiguredApplication.class)
			.web(WebApplicationType.NONE)
			.initializers((test) -> TestPropertySourceUtils.addInlinedPropertiesToEnvironment(test, "test=true"))
			.run("--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.application.name=paused",
					"--spring.cloud.etcd.discovery.port=9999", "--spring.main.register-shutdown-hook=false")) {
			awaitKeys("paused", 1);
			long start = System.nanoTime();
			context.pause();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1900));
			assertThat(Keys.of(etcd, "paused")).isEmpty();
			context.restart();
			awaitKeys("paused", 1);
		}
	}

	@Test
	void failingListenersDoNotAffectTheRegistration(CapturedOutput output) {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "throwing", Throwing.class).run()) {
			awaitKeys("throwing", 1);
			await().atMost(SOON).until(() -> output.getOut().contains("thrown after"));
			assertThat(output).contains("thrown before").doesNotContain("Exception in thread");
		}
		assertThat(Keys.of(etcd, "throwing")).isEmpty();
	}

	@Test
	void slowListenerDoesNotDelayTheLease() {
		Slow.release = new CountDownLatch(1);
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "slow", Slow.class)
			.properties("spring.cloud.etcd.discovery.ttl=2s")
			.run()) {
			awaitKeys("slow", 1);
			await().during(Duration.ofSeconds(3))
				.atMost(Duration.ofSeconds(10))
				.until(() -> Keys.of(etcd, "slow").size() == 1);
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			awaitKeys("slow", 0);
		}
		finally {
			Slow.release.countDown();
		}
	}

	@Test
	void instanceIdHeldByAnotherProcessIsReportedAndNotOverwritten(CapturedOutput output) {
		String[] id = { "spring.cloud.etcd.discovery.instance-id=one", "spring.cloud.etcd.discovery.ttl=3s" };
		try (ConfigurableApplicationContext first = Applications.plain(etcd, "taken").properties(id).run()) {
			awaitKeys("taken", 1);
			String value = Keys.value(etcd, "/services/taken/one");
			try (ConfigurableApplicationContext second = Applications.plain(etcd, "taken")
				.properties(id)
				.properties("spring.cloud.etcd.discovery.port=8888")
				.run()) {
				await().atMost(SOON).until(() -> output.getOut().contains("The key /services/taken/one is held"));
				await().during(Duration.ofSeconds(4))
					.atMost(Duration.ofSeconds(10))
					.until(() -> Keys.value(etcd, "/services/taken/one").equals(value));
				first.close();
				await().atMost(SOON).until(() -> Keys.value(etcd, "/services/taken/one").contains(":8888"));
			}
			assertThat(Keys.of(etcd, "taken")).isEmpty();
		}
	}

	@Test
	void changeOfReadinessNeverWaitsForEtcdWithFailFast() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "fail-fast")
			.properties("spring.cloud.etcd.discovery.fail-fast=true", "spring.cloud.etcd.request-timeout=30s")
			.run()) {
			assertThat(Keys.of(etcd, "fail-fast")).hasSize(1);
			etcd.freeze();
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			long before = System.nanoTime();
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
			etcd.thaw();
		}
	}

	@Test
	void rejectsTooLargeMetadataAndKeepsTheInstance() {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "grown").run()) {
			EtcdServiceRegistry registry = context.getBean(EtcdServiceRegistry.class);
			EtcdRegistration registration = context.getBean(EtcdRegistration.class);
			awaitKeys("grown", 1);
			registration.setMetadata(Map.of("large", "x".repeat(1024 * 1024)));
			assertThatIllegalArgumentException().isThrownBy(() -> registry.register(registration))
				.withMessageContaining("the maximum is 1048576");
			assertThat(Keys.of(etcd, "grown")).hasSize(1);
		}
	}

	private static SpringApplicationBuilder withEtcdDown(String name) {
		return Applications.plain(etcd, name)
			.properties("spring.cloud.etcd.endpoints=http://127.0.0.1:1", "spring.cloud.etcd.request-timeout=300ms");
	}

	private static Duration timeToClose(ConfigurableApplicationContext context) {
		long before = System.nanoTime();
		context.close();
		return Duration.ofNanos(System.nanoTime() - before);
	}

	private static void flap(ConfigurableApplicationContext context) {
		for (int i = 0; i < 50; i++) {
			publish(context, ReadinessState.REFUSING_TRAFFIC);
			publish(context, ReadinessState.ACCEPTING_TRAFFIC);
		}
	}

	private static void publish(ApplicationContext context, ReadinessState state) {
		AvailabilityChangeEvent.publish(context, state);
	}

	private static void awaitKeys(String service, int number) {
		await().atMost(SOON).until(() -> Keys.of(etcd, service).size() == number);
	}

	@Configuration(proxyBeanMethods = false)
	static class SeenByRunner {

		static List<String> keys;

		@Bean
		ApplicationRunner look() {
			return (arguments) -> keys = Keys.of(etcd, "runner");
		}

	}

	static class SeenWhileStopping implements SmartLifecycle {

		static List<String> keys;

		private boolean running;

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			keys = Keys.of(etcd, "stopping");
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			// phase in which the web server starts its graceful shutdown
			return Integer.MAX_VALUE - 1024;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Announcements {

		private final AtomicInteger before = new AtomicInteger();

		private final AtomicInteger after = new AtomicInteger();

		@Bean
		ApplicationListener<InstancePreRegisteredEvent> beforeRegistration() {
			return (event) -> this.before.incrementAndGet();
		}

		@Bean
		ApplicationListener<InstanceRegisteredEvent<?>> afterRegistration() {
			return (event) -> this.after.incrementAndGet();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Describing {

		@Bean
		ApplicationListener<InstancePreRegisteredEvent> beforeRegistration() {
			return (event) -> event.getRegistration().getMetadata().put("gRPC_port", "9090");
		}

		@Bean
		RegistrationLifecycle<EtcdRegistration> own() {
			return new Hook<>("own", "1");
		}

		@Bean
		RegistrationLifecycle<Registration> general() {
			return new Hook<>("general", "2");
		}

	}

	private record Hook<R extends Registration>(String key, String value) implements RegistrationLifecycle<R> {

		@Override
		public void postProcessBeforeStartRegister(R registration) {
			registration.getMetadata().put(this.key, this.value);
		}

		@Override
		public void postProcessAfterStartRegister(R registration) {
		}

		@Override
		public void postProcessBeforeStopRegister(R registration) {
		}

		@Override
		public void postProcessAfterStopRegister(R registration) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Throwing {

		@Bean
		ApplicationListener<InstancePreRegisteredEvent> beforeRegistration() {
			return (event) -> {
				throw new IllegalStateException("thrown before");
			};
		}

		@Bean
		ApplicationListener<InstanceRegisteredEvent<?>> afterRegistration() {
			return (event) -> {
				throw new IllegalStateException("thrown after");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Slow {

		static CountDownLatch release;

		@Bean
		ApplicationListener<InstanceRegisteredEvent<?>> afterRegistration() {
			return (event) -> {
				try {
					release.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			};
		}

	}

}
