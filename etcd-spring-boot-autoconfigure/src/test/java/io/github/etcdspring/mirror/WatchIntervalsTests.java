package io.github.etcdspring.mirror;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WatchIntervals}.
 */
class WatchIntervalsTests {

	private final WatchIntervals intervals = new WatchIntervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5));

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

}
