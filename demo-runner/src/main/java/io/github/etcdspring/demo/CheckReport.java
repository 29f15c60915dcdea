package io.github.etcdspring.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Prints the result of each check and counts the failed ones.
 */
final class CheckReport {

	private static final String PASS = "  PASS  ";

	private static final String FAIL = "  FAIL  ";

	/**
	 * A check at a lower rate than this fails: its load was too low to prove anything.
	 */
	private static final double MIN_RATE = 0.9 * SingleNodeScenario.RATE;

	private final ProgressLog progress;

	private final List<Boolean> outcomes = new ArrayList<>();

	CheckReport(ProgressLog progress) {
		this.progress = progress;
	}

	void report(String name, CallResults calls, boolean passed, String figures) {
		boolean fast = isFast(calls);
		this.outcomes.add(passed && fast);
		this.progress.print(((passed && fast) ? PASS : FAIL) + name + ": " + figures);
		if (!fast) {
			this.progress.print(String.format(Locale.ROOT,
					"        Load too low: %.0f requests/s sent instead of %d. Repeat on an idle machine.",
					calls.rate(), SingleNodeScenario.RATE));
		}
		if (!passed && calls.failed() > 0) {
			this.progress
				.print(calls.reasons().stream().map((reason) -> "        " + reason).collect(Collectors.joining("\n")));
		}
	}

	static boolean isFast(CallResults calls) {
		return calls.rate() >= MIN_RATE;
	}

	/**
	 * Report a check that runs without load.
	 */
	void report(String name, boolean passed, String figures) {
		this.outcomes.add(passed);
		this.progress.print(((passed) ? PASS : FAIL) + name + ": " + figures);
	}

	/**
	 * Print how many checks passed.
	 * @return whether all checks passed
	 */
	boolean passed() {
		long broken = this.outcomes.stream().filter((passed) -> !passed).count();
		this.progress.log((broken == 0) ? "All " + this.outcomes.size() + " checks passed"
				: broken + " of " + this.outcomes.size() + " checks failed");
		return broken == 0;
	}

}
