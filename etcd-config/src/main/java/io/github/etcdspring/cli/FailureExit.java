package io.github.etcdspring.cli;

import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Prints the message of a failure, and maps it to the exit code.
 */
final class FailureExit implements IExecutionExceptionHandler {

	private final Console console;

	FailureExit(Console console) {
		this.console = console;
	}

	@Override
	public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult arguments) {
		boolean usage = failure instanceof InvalidInputException || failure instanceof IllegalArgumentException;
		boolean expected = usage || failure instanceof EtcdConfigException;
		this.console.message("etcd-config: " + ((expected) ? failure.getMessage() : "Unexpected failure: " + failure));
		if (failure instanceof EtcdConfigConflictException) {
			return ExitCode.REJECTED;
		}
		return (usage) ? ExitCode.USAGE : ExitCode.FAILURE;
	}

}
