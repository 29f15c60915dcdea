package io.github.etcdspring.cli;

import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Compares etcd with a directory.
 */
@Command(name = "diff", mixinStandardHelpOptions = true,
		description = { "Compares etcd with a directory, and exits with 1 if they differ.",
				"Added keys exist only in the directory, deleted keys only in etcd." })
final class DiffCommand implements Callable<Integer> {

	private final Console console;

	@Mixin
	private final EndpointOptions endpoints = new EndpointOptions();

	@Mixin
	private final DirectoryArguments arguments = new DirectoryArguments();

	@Option(names = "--show-values", description = "Print the changed lines of the values, which may be secrets.")
	private boolean showValues;

	DiffCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		KeyPrefix prefix = this.arguments.prefix();
		ConfigDirectory directory = ConfigDirectory.list(this.arguments.directory());
		try (EtcdSession session = this.endpoints.open()) {
			StoredConfiguration stored = StoredConfiguration.read(session.operations(), prefix);
			SkippedNames.report(this.console, stored, directory);
			Difference difference = Difference.between(stored, directory.values(), prefix);
			new DifferenceReport(this.console, this.showValues).print(difference);
			return (difference.isEmpty()) ? ExitCode.OK : ExitCode.REJECTED;
		}
	}

}
