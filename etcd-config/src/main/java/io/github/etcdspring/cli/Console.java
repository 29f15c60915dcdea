package io.github.etcdspring.cli;

import java.io.PrintWriter;

/**
 * Output of a command.
 *
 * @param out receives the result
 * @param err receives messages
 */
record Console(PrintWriter out, PrintWriter err) {

	void result(String line) {
		this.out.println(line);
	}

	void message(String line) {
		this.err.println(line);
	}

	void flush() {
		this.out.flush();
		this.err.flush();
	}

}
