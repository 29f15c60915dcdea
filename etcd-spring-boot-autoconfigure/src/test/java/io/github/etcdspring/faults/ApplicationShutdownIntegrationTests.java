package io.github.etcdspring.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.RemainingThreads;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextRefreshedEvent;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is stopped during start-up exits, and does not stay registered.
 */
class ApplicationShutdownIntegrationTests {

	private static final String NAME = "brief";

	private static final int ATTEMPTS = 10;

	private static final Duration DELAY_STEP = Duration.ofMillis(60);

	private static final FaultReport report = new FaultReport(ApplicationShutdownIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	private static volatile Stage stage;

	private static volatile CompletableFuture<Void> closing;

	@ParameterizedTest
	@EnumSource
	void contextClosedDuringStartupLeavesNothingBehind(Stage closed) {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		closing = null;
		stage = closed;
		try {
			application().run().close();
		}
		catch (RuntimeException ex) {
			// as the context is closed
		}
		finally {
			stage = null;
		}
		long begin = System.nanoTime();
		assertThat(closing).isNotNull();
		closing.orTimeout(10, TimeUnit.SECONDS).join();
		assertNothingIsLeft(before);
		report.add("context closed at " + closed, "-", null, FaultReport.since(begin), null);
	}

	@Test
	void contextClosedAtAnyTimeLeavesNothingBehind() {
		Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
		for (int i = 0; i < ATTEMPTS; i++) {
			CompletableFuture<Void> closed = new CompletableFuture<>();
			Duration moment = DELAY_STEP.multipliedBy(i);
			try {
				application().initializers(
						(context) -> CompletableFuture
							.delayedExecutor(moment.toMillis(), TimeUnit.MILLISECONDS,
									ApplicationShutdownIntegrationTests::start)
							.execute(() -> {
								context.close();
								closed.complete(null);
							}))
					.run()
					.close();
			}
			catch (RuntimeException ex) {
				// as the context is closed
			}
			closed.orTimeout(10, TimeUnit.SECONDS).join();
		}
		assertNothingIsLeft(before);
	}

	@ParameterizedTest
	@ValueSource(strings = { "output", "lease", "key" })
	void processTerminatedDuringStartupExits(String moment) throws IOException {
		Predicate<ForkedApplication> reached = switch (moment) {
			case "output" -> (starting) -> !starting.process().output().isBlank();
			case "lease" -> (starting) -> !Keys.leases(etcd).isEmpty();
			default -> ForkedApplication::isRegistered;
		};
		try (ForkedApplication starting = ForkedApplication.start(etcd, NAME, Map.of(), List.of())) {
			ForkedApplication.within(JavaProcess.START_TIMEOUT)
				.pollInterval(Duration.ofMillis(10))
				.until(() -> reached.test(starting));
			long asked = System.nanoTime();
			starting.process().stop();
			Duration ended = FaultReport.since(asked);
			assertThat(ended).as("%s", starting.process()).isLessThan(Duration.ofSeconds(15));
			List<String> left = starting.keys();
			ForkedApplication.within(ForkedApplication.TTL.plusSeconds(1)).until(() -> Keys.leases(etcd).isEmpty());
			assertThat(starting.keys()).isEmpty();
			report.add("SIGTERM at the first " + moment,
					"ended after " + FaultReport.seconds(ended) + " s, " + left.size() + " keys left", null, null,
					FaultReport.since(asked));
		}
	}

	private static SpringApplicationBuilder application() {
		return Applications.plain(etcd, NAME, Closing.class)
			.properties("spring.config.import=optional:etcd:", "spring.cloud.etcd.discovery.ttl=5s");
	}

	private static void assertNothingIsLeft(Set<Thread> before) {
		ForkedApplication.within(Duration.ofSeconds(1)).untilAsserted(() -> {
			assertThat(Keys.of(etcd, NAME)).isEmpty();
			assertThat(Keys.leases(etcd)).isEmpty();
		});
		ForkedApplication.within(Duration.ofSeconds(10))
			.untilAsserted(() -> assertThat(RemainingThreads.since(before)).isEmpty());
	}

	private static void start(Runnable runnable) {
		new Thread(runnable, "closing").start();
	}

	private static void reached(Stage now, ConfigurableApplicationContext context) {
		if (now == stage) {
			stage = null;
			closing = new CompletableFuture<>();
			CompletableFuture<Void> closed = closing;
			start(() -> {
				context.close();
				closed.complete(null);
			});
			if (now.afterRefresh) {
				// before that, close waits for the end of the refresh
				closed.orTimeout(10, TimeUnit.SECONDS).join();
			}
		}
	}

	/**
	 * The point in time at which the context is closed.
	 */
	enum Stage {

		CREATION_OF_A_BEAN(false), EARLY_START(false), START_BEFORE_REGISTRATION(false),
		START_AFTER_REGISTRATION(false), REFRESHED(false), STARTED(true), AVAILABILITY(true), READY(true);

		private final boolean afterRefresh;

		Stage(boolean afterRefresh) {
			this.afterRefresh = afterRefresh;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Closing {

		@Bean
		InitializingBean creation(ConfigurableApplicationContext context) {
			return () -> reached(Stage.CREATION_OF_A_BEAN, context);
		}

		@Bean
		SmartLifecycle early(ConfigurableApplicationContext context) {
			return new Starting(Integer.MIN_VALUE, () -> reached(Stage.EARLY_START, context));
		}

		@Bean
		SmartLifecycle before(ConfigurableApplicationContext context) {
			return new Starting(Integer.MAX_VALUE - 513, () -> reached(Stage.START_BEFORE_REGISTRATION, context));
		}

		@Bean
		SmartLifecycle after(ConfigurableApplicationContext context) {
			return new Starting(Integer.MAX_VALUE - 511, () -> reached(Stage.START_AFTER_REGISTRATION, context));
		}

		@Bean
		ApplicationListener<ApplicationEvent> listener(ConfigurableApplicationContext context) {
			return (event) -> {
				if (event instanceof ContextRefreshedEvent) {
					reached(Stage.REFRESHED, context);
				}
				else if (event instanceof ApplicationStartedEvent) {
					reached(Stage.STARTED, context);
				}
				else if (event instanceof AvailabilityChangeEvent) {
					reached(Stage.AVAILABILITY, context);
				}
				else if (event instanceof ApplicationReadyEvent) {
					reached(Stage.READY, context);
				}
			};
		}

	}

	/**
	 * Performs an action when it is started.
	 */
	private static final class Starting implements SmartLifecycle {

		private final int phase;

		private final Runnable action;

		private boolean running;

		Starting(int phase, Runnable action) {
			this.phase = phase;
			this.action = action;
		}

		@Override
		public void start() {
			this.running = true;
			this.action.run();
		}

		@Override
		public void stop() {
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

	}

}
