package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DeregistrationTests {

	private static final Duration TIMEOUT = Duration.ofMillis(200);

	@Test
	void waitsForTheDrainAfterTheDeregistration() throws InterruptedException {
		CompletableFuture<Void> done = new CompletableFuture<>();
		Deregistration removal = Deregistration.of(done);
		CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(() -> done.complete(null));
		assertThat(time(removal, Duration.ofMillis(300), true)).isBetween(Duration.ofMillis(390),
				Duration.ofSeconds(2));
	}

	@Test
	void doesNotRepeatACompletedDrain() throws InterruptedException {
		Deregistration removal = Deregistration.of(CompletableFuture.completedFuture(null));
		time(removal, Duration.ofSeconds(1), true);
		assertThat(time(removal, Duration.ofSeconds(1), true)).isLessThan(Duration.ofMillis(900));
	}

	@Test
	void doesNotDrainIfTheDeregistrationTimesOut() throws InterruptedException {
		assertThat(time(Deregistration.of(new CompletableFuture<>()), Duration.ofHours(1), false)).isBetween(TIMEOUT,
				Duration.ofSeconds(2));
	}

	@Test
	void doesNotWaitForACancelledDeregistration() throws InterruptedException {
		CompletableFuture<Void> done = new CompletableFuture<>();
		Deregistration removal = Deregistration.of(done);
		done.cancel(false);
		long before = System.nanoTime();
		assertThat(removal.await(Duration.ofMinutes(1), Duration.ofHours(1))).isFalse();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
	}

	private static Duration time(Deregistration removal, Duration drain, boolean expected) throws InterruptedException {
		long before = System.nanoTime();
		assertThat(removal.await(TIMEOUT, drain)).isEqualTo(expected);
		return Duration.ofNanos(System.nanoTime() - before);
	}

}
