package io.github.etcdspring.cli;

import java.nio.file.Path;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The directory and the prefix of the keys that correspond to its files.
 */
final class DirectoryArguments {

	@SuppressWarnings("NullAway.Init")
	@Parameters(paramLabel = "DIRECTORY", description = "Directory with one file for each key.")
	private Path directory;

	@SuppressWarnings("NullAway.Init")
	@Option(names = "--prefix", required = true, paramLabel = "PREFIX",
			description = "Prefix of the keys, such as /config/orders/.")
	private String prefix;

	Path directory() {
		return this.directory;
	}

	KeyPrefix prefix() {
		return KeyPrefix.of(this.prefix);
	}

}
