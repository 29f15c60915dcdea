package io.github.etcdspring.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Writes the files of a directory to etcd, in one transaction.
 */
@Command(name = "import", mixinStandardHelpOptions = true,
		description = "Writes the files of a directory to etcd, in one transaction.")
final class ImportCommand implements Callable<Integer> {

	private static final Duration DEFAULT_WAIT = Duration.ofSeconds(30);

	private final Console console;

	@Mixin
	private final EndpointOptions endpoints = new EndpointOptions();

	@Mixin
	private final DirectoryArguments arguments = new DirectoryArguments();

	@Spec
	@SuppressWarnings("NullAway.Init")
	private CommandSpec spec;

	@Option(names = "--dry-run", description = "Print the difference, and write nothing.")
	private boolean dryRun;

	@Option(names = "--delete", description = "Delete keys that have no file.")
	private boolean delete;

	@Option(names = "--show-values", description = "Print the changed lines of the values, which may be secrets.")
	private boolean showValues;

	@Option(names = "--ask", description = "Write only if all live instances accept the changes.")
	private boolean ask;

	@Option(names = "--wait", paramLabel = "DURATION",
			description = "Wait until all live instances have applied the changes, for example 30s."
					+ " It is also the time that --ask waits for the answers, 30s by default.")
	private @Nullable Duration wait;

	@Option(names = "--author", description = "Author of the proposal of --ask, by default the user of the system.")
	private @Nullable String author;

	@Option(names = "--comment", description = "Comment of the proposal of --ask.")
	private @Nullable String comment;

	ImportCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		if (!this.ask && (this.author != null || this.comment != null)) {
			throw new ParameterException(this.spec.commandLine(), "--author and --comment require --ask");
		}
		KeyPrefix prefix = this.arguments.prefix();
		ConfigDirectory directory = ConfigDirectory.list(this.arguments.directory());
		Map<String, String> files = directory.values();
		if (this.delete && files.isEmpty()) {
			throw new InvalidInputException(
					"The directory contains no files: --delete would delete all keys under " + prefix.value());
		}
		try (EtcdSession session = this.endpoints.open()) {
			StoredConfiguration stored = StoredConfiguration.read(session.operations(), prefix);
			SkippedNames.report(this.console, stored, directory);
			Difference difference = Difference.between(stored, files, prefix);
			return write(session.operations(), (this.delete) ? difference : withoutDeletions(difference));
		}
	}

	private Difference withoutDeletions(Difference difference) {
		Difference remaining = difference.withoutDeletions();
		int kept = difference.size() - remaining.size();
		if (kept > 0) {
			this.console.message("Keys without a file: " + kept + ". Use --delete to delete them");
		}
		return remaining;
	}

	private int write(EtcdConfigOperations operations, Difference difference) {
		new DifferenceReport(this.console, this.showValues).print(difference);
		if (difference.isEmpty()) {
			this.console.message("No difference");
			return ExitCode.OK;
		}
		try {
			return write(new ConditionalWrite(operations, difference, this.console));
		}
		catch (EtcdConfigException ex) {
			// the maximum of etcd is not known in advance
			if (String.valueOf(ex.getMessage()).contains("too many operations")) {
				throw new InvalidInputException("Nothing was written: " + difference.size()
						+ " changes are more than etcd accepts in one transaction, 128 by default. Import parts with a"
						+ " longer --prefix, or start etcd with a larger --max-txn-ops", ex);
			}
			throw ex;
		}
	}

	private int write(ConditionalWrite write) {
		if (this.ask) {
			Duration timeout = (this.wait != null) ? this.wait : DEFAULT_WAIT;
			String who = (this.author != null) ? this.author : System.getProperty("user.name", "etcd-config");
			AskedWrite asked = new AskedWrite(write, who, (this.comment != null) ? this.comment : "", timeout);
			return (this.dryRun) ? asked.ask() : asked.write(this.wait);
		}
		return (this.dryRun) ? ExitCode.OK : write.write(this.wait);
	}

}
