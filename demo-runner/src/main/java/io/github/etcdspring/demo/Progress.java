package io.github.etcdspring.demo;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Tells the reader what happens, and when.
 */
final class Progress {

	private final PrintStream out;

	private final long start = System.nanoTime();

	private volatile boolean ended;

	Progress(PrintStream out) {
		this.out = out;
	}

	void say(String what) {
		print(String.format(Locale.ROOT, "[%5.1f s] %s", Clock.seconds(System.nanoTime() - this.start), what));
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
	void end(String what) {
		say(what);
		this.ended = true;
	}

}
