package io.github.etcdspring.registry;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RemovalTests {

	private static final Duration PATIENCE = Duration.ofMillis(200);

	@Test
	void waitsOutTheDrainAfterTheRemoval() throws InterruptedException {
		CompletableFuture<Void> done = new CompletableFuture<>();
		Removal removal = Removal.of(done);
		CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS).execute(() -> done.complete(null));
		assertThat(time(removal, Duration.ofMillis(300), true)).isBetween(Duration.ofMillis(390),
				Duration.ofSeconds(2));
	}

	@Test
	void drainThatIsOverIsNotRepeated() throws InterruptedException {
		Removal removal = Removal.of(CompletableFuture.completedFuture(null));
		time(removal, Duration.ofMillis(300), true);
		assertThat(time(removal, Duration.ofMillis(300), true)).isLessThan(Duration.ofMillis(100));
	}

	@Test
	void doesNotDrainWhenTheRemovalTakesTooLong() throws InterruptedException {
		assertThat(time(Removal.of(new CompletableFuture<>()), Duration.ofHours(1), false)).isBetween(PATIENCE,
				Duration.ofSeconds(2));
	}

	@Test
	void doesNotWaitForARemovalThatWasCancelled() throws InterruptedException {
		CompletableFuture<Void> done = new CompletableFuture<>();
		Removal removal = Removal.of(done);
		done.cancel(false);
		long before = System.nanoTime();
		assertThat(removal.await(Duration.ofMinutes(1), Duration.ofHours(1))).isFalse();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
	}

	private static Duration time(Removal removal, Duration drain, boolean expected) throws InterruptedException {
		long before = System.nanoTime();
		assertThat(removal.await(PATIENCE, drain)).isEqualTo(expected);
		return Duration.ofNanos(System.nanoTime() - before);
	}

}
