package io.github.etcdspring.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What was checked under load, and whether all of it was as promised.
 */
final class CheckReport {

	/** Sent at a lower rate than this, the calls would not show what they are to show. */
	private static final double MIN_RATE = 0.9 * SingleNodeScenario.RATE;

	private final ProgressLog progress;

	private final List<Boolean> outcomes = new ArrayList<>();

	CheckReport(ProgressLog progress) {
		this.progress = progress;
	}

	void report(String name, CallResults calls, boolean passed, String figures) {
		boolean fast = calls.rate() >= MIN_RATE;
		this.outcomes.add(passed && fast);
		this.progress.print(((passed && fast) ? "  ok      " : "  FAILED  ") + name + ": " + figures);
		if (!fast) {
			this.progress.print(String.format(Locale.ROOT, "          Only %.0f calls/s could be sent rather than %d",
					calls.rate(), SingleNodeScenario.RATE));
		}
		if (!passed && calls.failed() > 0) {
			this.progress.print(
					calls.reasons().stream().map((reason) -> "          " + reason).collect(Collectors.joining("\n")));
		}
	}

	/**
	 * Report what no load is needed for.
	 */
	void report(String name, boolean passed, String figures) {
		this.outcomes.add(passed);
		this.progress.print(((passed) ? "  ok      " : "  FAILED  ") + name + ": " + figures);
	}

	/**
	 * Say how many checks passed.
	 * @return whether all of them did
	 */
	boolean passed() {
		long broken = this.outcomes.stream().filter((passed) -> !passed).count();
		this.progress.log((broken == 0) ? "All " + this.outcomes.size() + " checks passed"
				: broken + " of " + this.outcomes.size() + " checks failed");
		return broken == 0;
	}

}
