package io.github.etcdspring.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What was checked under load, and whether all of it was as promised.
 */
final class Checks {

	/** Sent at a lower rate than this, the calls would not show what they are to show. */
	private static final double LEAST_RATE = 0.9 * Scenario.RATE;

	private final Progress progress;

	private final List<Boolean> outcomes = new ArrayList<>();

	Checks(Progress progress) {
		this.progress = progress;
	}

	void report(String name, Calls calls, boolean kept, String figures) {
		boolean fast = calls.rate() >= LEAST_RATE;
		this.outcomes.add(kept && fast);
		this.progress.print(((kept && fast) ? "  ok      " : "  FAILED  ") + name + ": " + figures);
		if (!fast) {
			this.progress.print(String.format(Locale.ROOT, "          Only %.0f calls/s could be sent rather than %d",
					calls.rate(), Scenario.RATE));
		}
		if (!kept && calls.failed() > 0) {
			this.progress.print(
					calls.reasons().stream().map((reason) -> "          " + reason).collect(Collectors.joining("\n")));
		}
	}

	/**
	 * Report what no load is needed for.
	 */
	void report(String name, boolean kept, String figures) {
		this.outcomes.add(kept);
		this.progress.print(((kept) ? "  ok      " : "  FAILED  ") + name + ": " + figures);
	}

	/**
	 * Say how many checks passed.
	 * @return whether all of them did
	 */
	boolean passed() {
		long broken = this.outcomes.stream().filter((kept) -> !kept).count();
		this.progress.say((broken == 0) ? "All " + this.outcomes.size() + " checks passed"
				: broken + " of " + this.outcomes.size() + " checks failed");
		return broken == 0;
	}

}
