package io.github.etcdspring.demo;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Tells the reader what happens, and when.
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
	 * Say the last word: what breaks from now on does so because everything is stopped.
	 */
	void logLast(String message) {
		log(message);
		this.ended = true;
	}

}
