package io.github.etcdspring.demo;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Prints timestamped progress messages to the console.
 */
final class ProgressLog {

	private final PrintStream out;

	private final long start = System.nanoTime();

	private volatile boolean ended;

	ProgressLog(PrintStream out) {
		this.out = out;
	}

	void log(String message) {
		print(String.format(Locale.ROOT, "[%5.1f s] %s", Timing.seconds(System.nanoTime() - this.start), message));
	}

	void print(String line) {
		if (!this.ended) {
			this.out.println(line);
			this.out.flush();
		}
	}

	/**
	 * Print the last message. Later ones are discarded: failures are expected during the
	 * shutdown.
	 */
	void logLast(String message) {
		log(message);
		this.ended = true;
	}

}
