package io.github.etcdspring.cli;

import java.util.List;
import java.util.concurrent.Callable;

import io.github.etcdspring.operations.ConfigVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Prints the versions of a key.
 */
@Command(name = "history", mixinStandardHelpOptions = true,
		description = "Prints the revisions at which a key was put or deleted since the last compaction, newest first.")
final class HistoryCommand implements Callable<Integer> {

	private final Console console;

	@Mixin
	private final EndpointOptions endpoints = new EndpointOptions();

	@SuppressWarnings("NullAway.Init")
	@Parameters(paramLabel = "KEY", description = "The key, such as /config/orders/greeting.")
	private String key;

	@Option(names = "--show-values", description = "Print the values, which may be secrets.")
	private boolean showValues;

	HistoryCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		try (EtcdSession session = this.endpoints.open()) {
			List<ConfigVersion> versions = session.operations().history(this.key);
			for (ConfigVersion version : versions) {
				String value = version.value();
				this.console.result(version.revision() + ((value != null) ? " put" : " deleted"));
				if (this.showValues && value != null) {
					value.lines().forEach((line) -> this.console.result("  " + line));
				}
			}
			if (versions.isEmpty()) {
				this.console.message(this.key + " has no history");
				return ExitCode.REJECTED;
			}
			return ExitCode.OK;
		}
	}

}
