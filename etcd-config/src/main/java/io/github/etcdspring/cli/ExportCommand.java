package io.github.etcdspring.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;

import io.github.etcdspring.operations.ConfigEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Writes the keys in etcd to a directory.
 */
@Command(name = "export", mixinStandardHelpOptions = true,
		description = "Writes each key under a prefix to a file of the directory.")
final class ExportCommand implements Callable<Integer> {

	private final Console console;

	@Mixin
	private final EndpointOptions endpoints = new EndpointOptions();

	@Mixin
	private final DirectoryArguments arguments = new DirectoryArguments();

	@Option(names = "--delete", description = "Delete files that have no key.")
	private boolean delete;

	ExportCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		KeyPrefix prefix = this.arguments.prefix();
		ConfigDirectory directory = ConfigDirectory.listIfExists(this.arguments.directory());
		StoredConfiguration stored;
		try (EtcdSession session = this.endpoints.open()) {
			stored = StoredConfiguration.read(session.operations(), prefix);
		}
		SkippedNames.report(this.console, stored, directory);
		if (stored.entries().isEmpty()) {
			throw new InvalidInputException("No key begins with " + prefix.value() + ". Check --prefix");
		}
		SortedSet<String> obsolete = new TreeSet<>(directory.names());
		obsolete.removeAll(stored.entries().keySet());
		requirePossible(stored, directory, obsolete);
		export(stored, directory, obsolete);
		return ExitCode.OK;
	}

	/** Checks all names before the first file is written. */
	private void requirePossible(StoredConfiguration stored, ConfigDirectory directory, SortedSet<String> obsolete) {
		SortedSet<String> names = new TreeSet<>(stored.entries().keySet());
		names.forEach(directory::file);
		stored.entries().values().forEach(ExportCommand::requireText);
		if (!this.delete) {
			names.addAll(obsolete);
		}
		FileName.requireDistinct(names);
	}

	private static void requireText(ConfigEntry entry) {
		if (entry.value().indexOf('\uFFFD') >= 0) {
			throw new InvalidInputException("The value of " + entry.key() + " is not UTF-8 text");
		}
	}

	private void export(StoredConfiguration stored, ConfigDirectory directory, SortedSet<String> obsolete) {
		if (this.delete) {
			for (String name : obsolete) {
				directory.delete(name);
				this.console.result("deleted " + directory.file(name));
			}
		}
		List<String> written = new ArrayList<>();
		stored.entries().forEach((name, entry) -> {
			if (!directory.hasValue(name, entry.value())) {
				directory.write(name, entry.value());
				written.add(name);
				this.console.result("wrote " + directory.file(name));
			}
		});
		this.console.message(stored.entries().size() + " keys, " + written.size() + " files written");
	}

}
