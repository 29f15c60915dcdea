package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.event.InstancePreRegisteredEvent;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import org.springframework.cloud.client.serviceregistry.RegistrationLifecycle;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class RegistrationEventPublisherTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private final List<String> told = new CopyOnWriteArrayList<>();

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final EtcdRegistration registration = new EtcdRegistration(
			new EtcdServiceInstance("orders", "1", "h", 80, false, "UP", Map.of()));

	private final EtcdDiscoveryProperties properties = Binder.get(new MockEnvironment())
		.bindOrCreate("spring.cloud.etcd.discovery", EtcdDiscoveryProperties.class);

	private final RegistrationEventPublisher eventPublisher = new RegistrationEventPublisher(this.context,
			this.registration, this.properties, List.of(new Broken(), new Hooks()));

	@BeforeEach
	void listen() {
		this.context.addApplicationListener((ApplicationListener<ApplicationEvent>) (event) -> {
			if (event instanceof InstancePreRegisteredEvent before) {
				assertThat(before.getRegistration()).isSameAs(this.registration);
				this.told.add("event before");
			}
			else if (event instanceof InstanceRegisteredEvent<?> after) {
				assertThat(after.getConfig()).isSameAs(this.properties);
				this.told.add("event after");
			}
		});
		this.context.refresh();
	}

	@AfterEach
	void close() {
		this.eventPublisher.close();
		this.context.close();
	}

	@Test
	void hooksAndEventsAreCalledInTheOrderOfCommonsDespiteFailures(CapturedOutput output) {
		this.eventPublisher.registering();
		assertThat(this.told).containsExactly("before start", "event before");
		this.eventPublisher.registered();
		await().atMost(SOON).until(() -> this.told.size() == 4);
		assertThat(this.told).endsWith("after start", "event after");
		this.eventPublisher.deregistering();
		this.eventPublisher.deregistered();
		assertThat(this.told).endsWith("before stop", "after stop");
		assertThat(output.getOut().split("A listener for the registration in etcd failed", -1)).hasSize(5);
	}

	@Test
	void closedContextReceivesNoEvents() {
		this.context.close();
		this.eventPublisher.registered();
		await().during(Duration.ofMillis(100)).until(this.told::isEmpty);
	}

	@Test
	void reportsAMissingReadinessAfterTheTimeout() {
		CompletableFuture<Void> ready = new CompletableFuture<>();
		this.eventPublisher.awaitReadiness(ready, Duration.ofMillis(50), () -> this.told.add("late"));
		await().atMost(SOON).until(() -> this.told.contains("late"));
	}

	@Test
	void doesNotReportAReadinessInTime() {
		CompletableFuture<Void> ready = new CompletableFuture<>();
		this.eventPublisher.awaitReadiness(ready, Duration.ofMillis(300), () -> this.told.add("late"));
		ready.complete(null);
		await().during(Duration.ofMillis(600)).until(this.told::isEmpty);
	}

	@Test
	void closeInterruptsASlowListener() {
		CountDownLatch interrupted = new CountDownLatch(1);
		this.context.addApplicationListener((ApplicationListener<InstanceRegisteredEvent<?>>) (event) -> {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.countDown();
			}
		});
		this.eventPublisher.registered();
		await().atMost(SOON).until(() -> this.told.contains("event after"));
		this.eventPublisher.close();
		await().atMost(SOON).until(() -> interrupted.getCount() == 0);
	}

	private final class Hooks implements RegistrationLifecycle<EtcdRegistration> {

		@Override
		public void postProcessBeforeStartRegister(EtcdRegistration registration) {
			RegistrationEventPublisherTests.this.told.add("before start");
		}

		@Override
		public void postProcessAfterStartRegister(EtcdRegistration registration) {
			RegistrationEventPublisherTests.this.told.add("after start");
		}

		@Override
		public void postProcessBeforeStopRegister(EtcdRegistration registration) {
			RegistrationEventPublisherTests.this.told.add("before stop");
		}

		@Override
		public void postProcessAfterStopRegister(EtcdRegistration registration) {
			RegistrationEventPublisherTests.this.told.add("after stop");
		}

	}

	private static final class Broken implements RegistrationLifecycle<EtcdRegistration> {

		@Override
		public void postProcessBeforeStartRegister(EtcdRegistration registration) {
			throw new IllegalStateException("broken");
		}

		@Override
		public void postProcessAfterStartRegister(EtcdRegistration registration) {
			throw new IllegalStateException("broken");
		}

		@Override
		public void postProcessBeforeStopRegister(EtcdRegistration registration) {
			throw new IllegalStateException("broken");
		}

		@Override
		public void postProcessAfterStopRegister(EtcdRegistration registration) {
			throw new IllegalStateException("broken");
		}

	}

}
