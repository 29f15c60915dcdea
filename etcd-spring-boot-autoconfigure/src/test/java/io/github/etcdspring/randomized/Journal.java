package io.github.etcdspring.randomized;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Log of all actions and observations with their times, and of the violations among them.
 */
final class Journal {

	private static final Log logger = LogFactory.getLog(Journal.class);

	private final long start = System.nanoTime();

	private final List<String> lines = new ArrayList<>();

	private final List<String> violations = new ArrayList<>();

	synchronized void note(String what) {
		String line = String.format(Locale.ROOT, "%9.3f s  %s", (System.nanoTime() - this.start) / 1e9, what);
		this.lines.add(line);
		logger.info(line);
	}

	synchronized void violation(String what) {
		note("VIOLATION: " + what);
		this.violations.add(what);
	}

	synchronized boolean isClean() {
		return this.violations.isEmpty();
	}

	@Override
	public synchronized String toString() {
		return String.join("\n", this.lines);
	}

}
