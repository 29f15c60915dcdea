package io.github.etcdspring.cli;

import java.util.List;

import io.github.etcdspring.operations.ConfigEntry;
import org.jspecify.annotations.Nullable;

/**
 * Prints a difference: one line for each key, and the changed lines of its value on
 * request.
 */
final class DifferenceReport {

	private final Console console;

	private final boolean showValues;

	DifferenceReport(Console console, boolean showValues) {
		this.console = console;
		this.showValues = showValues;
	}

	void print(Difference difference) {
		for (KeyChange change : difference.changes()) {
			this.console.result(change.toString());
			if (this.showValues) {
				ConfigEntry stored = change.stored();
				printLines(lines((stored != null) ? stored.value() : null), lines(change.value()));
			}
		}
	}

	/** Prints the lines between the first and the last one that differ. */
	private void printLines(List<String> before, List<String> after) {
		int shorter = Math.min(before.size(), after.size());
		int start = 0;
		while (start < shorter && before.get(start).equals(after.get(start))) {
			start++;
		}
		int end = 0;
		while (end < shorter - start && before.get(before.size() - 1 - end).equals(after.get(after.size() - 1 - end))) {
			end++;
		}
		before.subList(start, before.size() - end).forEach((line) -> this.console.result("  - " + line));
		after.subList(start, after.size() - end).forEach((line) -> this.console.result("  + " + line));
	}

	private static List<String> lines(@Nullable String value) {
		return (value != null) ? List.of(value.split("\n", -1)) : List.of();
	}

}
