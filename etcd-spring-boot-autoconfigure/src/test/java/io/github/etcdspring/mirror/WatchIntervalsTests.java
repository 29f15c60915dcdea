package io.github.etcdspring.mirror;

import java.time.Duration;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import org.springframework.util.backoff.BackOffExecution;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WatchIntervals}.
 */
class WatchIntervalsTests {

	private final WatchIntervals intervals = new WatchIntervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5), Duration.ofSeconds(5));

	@Test
	void smallRangesAreReconciledAtTheInterval() {
		assertThat(this.intervals.reconciliation(0)).isEqualTo(Duration.ofMinutes(10));
		assertThat(this.intervals.reconciliation(1000)).isEqualTo(Duration.ofMinutes(10));
	}

	/** The number of keys listed per hour does not depend on the size of the range. */
	@Test
	void largeRangesAreReconciledLessOften() {
		assertThat(this.intervals.reconciliation(10_000)).isEqualTo(Duration.ofMinutes(100));
		assertThat(this.intervals.reconciliation(50_000)).isEqualTo(Duration.ofMinutes(500));
	}

	@Test
	void optionalKeysAreCheckedLessAndLessOften() {
		BackOffExecution backOff = WatchIntervals.OPTIONAL.permissionBackOff();
		assertThat(Stream.generate(backOff::nextBackOff).limit(9).map(Duration::ofMillis).map(Duration::toSeconds))
			.containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 240L, 240L, 240L);
	}

	@Test
	void otherKeysAreCheckedAtTheInterval() {
		BackOffExecution backOff = WatchIntervals.DEFAULT.permissionBackOff();
		assertThat(Stream.generate(backOff::nextBackOff).limit(5)).containsOnly(5000L);
	}

}
