package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

import io.github.etcdspring.registry.EtcdDiscoveryProperties.Health;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

class HealthGateTests {

	private static final Duration INTERVAL = Duration.ofMillis(5);

	private static final Duration SOON = Duration.ofSeconds(5);

	private final List<Boolean> passedOn = new CopyOnWriteArrayList<>();

	private final AtomicInteger looks = new AtomicInteger();

	private HealthGate gate;

	@AfterEach
	void stop() {
		this.gate.stop();
	}

	@Test
	void isDownUntilTheFirstCheck() {
		CountDownLatch answer = new CountDownLatch(1);
		start(() -> isReleased(answer), Duration.ofSeconds(30), 3);
		await().until(() -> this.looks.get() == 1);
		assertThat(this.passedOn).containsExactly(false);
		answer.countDown();
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true)));
	}

	@Test
	void changeIsReportedAfterSeveralConsecutiveResults() {
		// up, then down at the checks 4, 5, 7, 8 and from 10 on
		startWith((look) -> look < 4 || look == 6 || look == 9, 3);
		await().atMost(SOON).until(() -> this.passedOn.size() == 3);
		assertThat(this.passedOn).containsExactly(false, true, false);
		assertThat(this.looks.get()).isGreaterThanOrEqualTo(12);
	}

	@Test
	void recoversWithTheHealth() {
		startWith((look) -> look < 3 || look > 6, 2);
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true, false, true)));
	}

	@Test
	void failedCheckCountsAsDown() {
		start(() -> {
			if (this.looks.get() > 2) {
				throw new IllegalStateException("health");
			}
			return true;
		}, Duration.ofSeconds(1), 2);
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true, false)));
	}

	@Test
	void hangingCheckCountsAsDownAndIsNotRepeated() {
		CountDownLatch answer = new CountDownLatch(1);
		start(() -> this.looks.get() == 1 || isReleased(answer), Duration.ofMillis(20), 2);
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true, false)));
		assertThat(this.looks.get()).isEqualTo(2);
		answer.countDown();
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true, false, true)));
	}

	@Test
	void stopInterruptsAHangingCheck() {
		start(() -> isReleased(new CountDownLatch(1)), Duration.ofMinutes(1), 1);
		await().until(() -> this.looks.get() == 1);
		this.gate.stop();
		await().atMost(SOON)
			.until(() -> Thread.getAllStackTraces()
				.keySet()
				.stream()
				.noneMatch((thread) -> thread.getName().startsWith("etcd-registration-health")));
	}

	@Test
	void isDownAfterARestart() {
		startWith((look) -> true, 1);
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true)));
		this.gate.stop();
		assertThat(this.gate.isRunning()).isFalse();
		this.gate.start();
		await().atMost(SOON).until(() -> this.passedOn.equals(List.of(false, true, false, true)));
	}

	@ParameterizedTest
	@CsvSource({ "interval, 0, 1000, 1", "interval, -5, 1000, 1", "timeout, 5, 0, 1", "debounce, 5, 5, 0" })
	void rejectsInvalidPropertiesByName(String property, long interval, long timeout, int debounce) {
		this.gate = new HealthGate(() -> true, health(INTERVAL, INTERVAL, 1), this.passedOn::add);
		Health health = health(Duration.ofMillis(interval), Duration.ofMillis(timeout), debounce);
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> new HealthGate(() -> true, health, this.passedOn::add))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("spring.cloud.etcd.discovery.health." + property));
	}

	private void startWith(IntPredicate isUp, int debounce) {
		start(() -> isUp.test(this.looks.get()), Duration.ofSeconds(5), debounce);
	}

	private void start(BooleanSupplier health, Duration timeout, int debounce) {
		this.gate = new HealthGate(() -> {
			this.looks.incrementAndGet();
			return health.getAsBoolean();
		}, health(INTERVAL, timeout, debounce), this.passedOn::add);
		this.gate.start();
	}

	private static Health health(Duration interval, Duration timeout, int debounce) {
		return new Health("serving", interval, timeout, debounce);
	}

	private static boolean isReleased(CountDownLatch answer) {
		try {
			answer.await();
			return true;
		}
		catch (InterruptedException ex) {
			return false;
		}
	}

}
