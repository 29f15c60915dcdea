package io.github.etcdspring.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Result of a command that runs in this process.
 *
 * @param exitCode the exit code
 * @param out the standard output
 * @param err the standard error
 */
record CommandResult(int exitCode, String out, String err) {

	static CommandResult run(String... args) {
		StringWriter out = new StringWriter();
		StringWriter err = new StringWriter();
		int exitCode = EtcdConfigApplication.run(new Console(new PrintWriter(out), new PrintWriter(err)), args);
		return new CommandResult(exitCode, out.toString(), err.toString());
	}

	static CommandResult run(EtcdServer etcd, String... args) {
		return run(Stream.concat(Stream.of(args), Stream.of("--endpoints", etcd.endpoint())).toArray(String[]::new));
	}

	List<String> lines() {
		return this.out.lines().toList();
	}

}
