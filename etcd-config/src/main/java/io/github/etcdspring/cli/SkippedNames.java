package io.github.etcdspring.cli;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Message about the files and keys that a command skips.
 */
final class SkippedNames {

	private static final int SHOWN = 5;

	private SkippedNames() {
	}

	static void report(Console console, StoredConfiguration stored, ConfigDirectory directory) {
		SortedSet<String> names = new TreeSet<>(stored.skipped());
		names.addAll(directory.skipped());
		if (!names.isEmpty()) {
			console.message("Skipped, because the name begins with a dot: "
					+ String.join(", ", names.stream().limit(SHOWN).toList())
					+ ((names.size() > SHOWN) ? " and " + (names.size() - SHOWN) + " more" : ""));
		}
	}

}
