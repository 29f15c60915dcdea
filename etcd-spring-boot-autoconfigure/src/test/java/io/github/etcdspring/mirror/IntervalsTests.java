package io.github.etcdspring.mirror;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Intervals}.
 */
class IntervalsTests {

	private final Intervals intervals = new Intervals(Duration.ofSeconds(5), Duration.ofSeconds(3),
			Duration.ofMinutes(10), Duration.ofSeconds(5));

	@Test
	void fewKeysAreListedAtTheInterval() {
		assertThat(this.intervals.reconcile(0)).isEqualTo(Duration.ofMinutes(10));
		assertThat(this.intervals.reconcile(1000)).isEqualTo(Duration.ofMinutes(10));
	}

	/** In an hour, each application lists as many keys of many as of a thousand. */
	@Test
	void manyKeysAreListedMoreSeldom() {
		assertThat(this.intervals.reconcile(10_000)).isEqualTo(Duration.ofMinutes(100));
		assertThat(this.intervals.reconcile(50_000)).isEqualTo(Duration.ofMinutes(500));
	}

}
