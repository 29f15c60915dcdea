package io.github.etcdspring.demo;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The results of a series of requests, with statistics.
 *
 * @param all the results
 */
record CallResults(List<CallResult> all) {

	int count() {
		return this.all.size();
	}

	int failed() {
		return matching(CallResult::failed).count();
	}

	CallResults startedBefore(long time) {
		return matching((call) -> call.start() - time < 0);
	}

	CallResults startedAfter(long time) {
		return matching((call) -> call.start() - time > 0);
	}

	CallResults answeredBy(String instance) {
		return matching((call) -> instance.equals(call.instance()));
	}

	private CallResults matching(Predicate<CallResult> condition) {
		return new CallResults(this.all.stream().filter(condition).toList());
	}

	/**
	 * Return the request that was sent first.
	 */
	Optional<CallResult> first() {
		return this.all.stream().reduce((one, other) -> (one.start() - other.start() < 0) ? one : other);
	}

	/**
	 * Return the requests per second between the first and the last one sent.
	 */
	double rate() {
		if (count() < 2) {
			return 0;
		}
		long[] starts = this.all.stream().mapToLong(CallResult::start).sorted().toArray();
		return (starts.length - 1) / Timing.seconds(starts[starts.length - 1] - starts[0]);
	}

	/**
	 * Return the response time, in milliseconds, that the given share of the requests
	 * met.
	 */
	long percentile(double share) {
		long[] times = this.all.stream().mapToLong(CallResult::nanos).sorted().toArray();
		return (times.length == 0) ? 0 : Timing.millis(times[(int) Math.ceil(share * times.length) - 1]);
	}

	/**
	 * Return up to three distinct reasons of failures.
	 */
	List<String> reasons() {
		return this.all.stream().map(CallResult::failure).filter(Objects::nonNull).distinct().limit(3).toList();
	}

	@Override
	public String toString() {
		return String.format(Locale.ROOT, "%d of %d requests failed (%.0f/s, p99 %d ms, max %d ms)", failed(), count(),
				rate(), percentile(0.99), percentile(1));
	}

}
