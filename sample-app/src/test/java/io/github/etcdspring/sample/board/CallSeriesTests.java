package io.github.etcdspring.sample.board;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallSeriesTests {

	private static final int LAST = CallSeries.SECONDS - 1;

	private final CallSeries series = new CallSeries();

	@Test
	void omitsTheCurrentSecond() {
		this.series.add(100, true);
		assertThat(this.series.before(100)).satisfies((minute) -> assertThat(minute.answered()).containsOnly(0));
		assertThat(this.series.before(101).answered()[LAST]).isEqualTo(1);
	}

	@Test
	void countsCallsPerSecondAndOutcome() {
		this.series.add(100, true);
		this.series.add(100, true);
		this.series.add(102, false);
		CallSeries.Minute minute = this.series.before(103);
		assertThat(Arrays.copyOfRange(minute.answered(), LAST - 2, LAST + 1)).containsExactly(2, 0, 0);
		assertThat(Arrays.copyOfRange(minute.failed(), LAST - 2, LAST + 1)).containsExactly(0, 0, 1);
	}

	@Test
	void dropsCallsOlderThanAMinute() {
		this.series.add(100, true);
		this.series.add(130, true);
		assertThat(this.series.before(160).answered()[0]).isEqualTo(1);
		assertThat(Arrays.stream(this.series.before(161).answered()).sum()).isEqualTo(1);
		assertThat(this.series.before(190).answered()[0]).isEqualTo(1);
		assertThat(this.series.before(191)).isNull();
	}

	@Test
	void startsOverAfterALongPause() {
		this.series.add(100, true);
		this.series.add(1000, false);
		assertThat(Arrays.stream(this.series.before(1001).answered()).sum()).isZero();
		assertThat(this.series.before(1001).failed()[LAST]).isEqualTo(1);
	}

	/** Threads may report out of order. */
	@Test
	void countsLateCallInItsOwnSecond() {
		this.series.add(101, true);
		this.series.add(100, true);
		CallSeries.Minute minute = this.series.before(102);
		assertThat(minute.answered()[LAST]).isEqualTo(1);
		assertThat(minute.answered()[LAST - 1]).isEqualTo(1);
	}

}
