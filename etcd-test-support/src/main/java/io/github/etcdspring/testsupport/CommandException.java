package io.github.etcdspring.testsupport;

import java.util.List;

/**
 * A program that could not be run, failed, or took too long.
 */
public final class CommandException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	CommandException(List<String> line, String outcome, String errors) {
		super("'" + String.join(" ", line) + "' " + outcome + ": " + errors.strip());
	}

}
