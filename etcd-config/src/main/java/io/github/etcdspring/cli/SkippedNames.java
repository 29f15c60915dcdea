package io.github.etcdspring.cli;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Prints the names of the files and keys that a command skips.
 */
final class SkippedNames {

	private static final int SHOWN = 5;

	private SkippedNames() {
	}

	static void report(Console console, StoredConfiguration stored, ConfigDirectory directory) {
		SortedSet<String> names = new TreeSet<>(stored.skipped());
		names.addAll(directory.skipped());
		if (!names.isEmpty()) {
			console.message(
					"Skipped names that begin with a dot: " + String.join(", ", names.stream().limit(SHOWN).toList())
							+ ((names.size() > SHOWN) ? " and " + (names.size() - SHOWN) + " more" : ""));
		}
	}

}
