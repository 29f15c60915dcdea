package io.github.etcdspring.cli;

import java.util.concurrent.Callable;

import io.github.etcdspring.operations.ConfigEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Prints the value of a key.
 */
@Command(name = "get", mixinStandardHelpOptions = true,
		description = "Prints the value of a key, and exits with 1 if it does not exist.")
final class GetCommand implements Callable<Integer> {

	private final Console console;

	@Mixin
	private final EndpointOptions endpoints = new EndpointOptions();

	@SuppressWarnings("NullAway.Init")
	@Parameters(paramLabel = "KEY", description = "The key, such as /config/orders/greeting.")
	private String key;

	GetCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		try (EtcdSession session = this.endpoints.open()) {
			ConfigEntry entry = session.operations().find(this.key);
			if (entry == null) {
				this.console.message(this.key + " does not exist");
				return ExitCode.REJECTED;
			}
			this.console.result(entry.value());
			return ExitCode.OK;
		}
	}

}
