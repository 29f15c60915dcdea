package io.github.etcdspring.testsupport;

import java.util.List;

/**
 * Thrown when a program cannot be run, fails or times out.
 */
public final class CommandException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	CommandException(List<String> line, String outcome, String errors) {
		super("'" + String.join(" ", line) + "' " + outcome + ": " + errors.strip());
	}

}
