package io.github.etcdspring.demo;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Calls of some time, and what they have to say together.
 *
 * @param all the calls
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
	 * The one that was sent first.
	 */
	Optional<CallResult> first() {
		return this.all.stream().reduce((one, other) -> (one.start() - other.start() < 0) ? one : other);
	}

	/**
	 * Calls per second, from the start of the first to the start of the last.
	 */
	double rate() {
		if (count() < 2) {
			return 0;
		}
		long[] starts = this.all.stream().mapToLong(CallResult::start).sorted().toArray();
		return (starts.length - 1) / Timing.seconds(starts[starts.length - 1] - starts[0]);
	}

	/**
	 * Milliseconds within which the given share of the calls was over.
	 */
	long percentile(double share) {
		long[] times = this.all.stream().mapToLong(CallResult::nanos).sorted().toArray();
		return (times.length == 0) ? 0 : Timing.millis(times[(int) Math.ceil(share * times.length) - 1]);
	}

	/**
	 * The different reasons why calls failed, a few of them.
	 */
	List<String> reasons() {
		return this.all.stream().map(CallResult::failure).filter(Objects::nonNull).distinct().limit(3).toList();
	}

	@Override
	public String toString() {
		return String.format(Locale.ROOT, "%d of %d calls failed (%.0f/s, 99 %% within %d ms, all within %d ms)",
				failed(), count(), rate(), percentile(0.99), percentile(1));
	}

}
