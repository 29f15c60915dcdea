package io.github.etcdspring.demo;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallResultsTests {

	private final CallResults calls = new CallResults(
			List.of(answered(0, 10, "one"), failed(50, 60), answered(100, 130, "other")));

	@Test
	void countsFailures() {
		assertThat(this.calls.count()).isEqualTo(3);
		assertThat(this.calls.failed()).isEqualTo(1);
		assertThat(this.calls.reasons()).containsExactly("refused");
	}

	@Test
	void filtersByStart() {
		assertThat(this.calls.startedBefore(millis(50)).count()).isEqualTo(1);
		assertThat(this.calls.startedAfter(millis(50)).failed()).isZero();
	}

	@Test
	void findsTheFirstRequestOfAnInstance() {
		assertThat(this.calls.answeredBy("other").first()).contains(answered(100, 130, "other"));
		assertThat(this.calls.answeredBy("none").first()).isEmpty();
	}

	@Test
	void rateIsTheSendRate() {
		assertThat(this.calls.rate()).isEqualTo(20);
		assertThat(new CallResults(List.of()).rate()).isZero();
	}

	@Test
	void percentileIsTheResponseTimeOfTheShare() {
		CallResults hundred = new CallResults(
				IntStream.rangeClosed(1, 100).mapToObj((time) -> answered(0, time, "one")).toList());
		assertThat(hundred.percentile(0.99)).isEqualTo(99);
		assertThat(hundred.percentile(1)).isEqualTo(100);
		assertThat(new CallResults(List.of()).percentile(1)).isZero();
	}

	private static CallResult answered(long start, long end, String instance) {
		return new CallResult(millis(start), millis(end), instance, null);
	}

	private static CallResult failed(long start, long end) {
		return new CallResult(millis(start), millis(end), null, "refused");
	}

	private static long millis(long time) {
		return TimeUnit.MILLISECONDS.toNanos(time);
	}

}
