package io.github.etcdspring.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.rollout.RolloutStep;
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

	@Option(names = "--roll-out", paramLabel = "STEP", split = ",",
			description = "Apply the changes on some instances first, and write them if none objects. Steps are a target"
					+ " and a time, for example 10%%:5m,zone=a:10m.")
	private List<RolloutStep> steps = new ArrayList<>();

	@Option(names = "--author", description = "Author of the changes, by default the user of the system.")
	private String author = System.getProperty("user.name", "etcd-config");

	@Option(names = "--comment", description = "Comment on the changes.")
	private String comment = "";

	ImportCommand(Console console) {
		this.console = console;
	}

	@Override
	public Integer call() {
		if (!this.steps.isEmpty() && this.wait != null && !this.ask) {
			throw new ParameterException(this.spec.commandLine(),
					"--wait has no effect with --roll-out, which waits for all steps");
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
			return write(session, (this.delete) ? difference : withoutDeletions(difference));
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

	private int write(EtcdSession session, Difference difference) {
		new DifferenceReport(this.console, this.showValues).print(difference);
		if (difference.isEmpty()) {
			this.console.message("No difference");
			return ExitCode.OK;
		}
		try {
			ConditionalWrite write = new ConditionalWrite(session.operations().as(this.author, this.comment),
					difference, this.console);
			return (this.steps.isEmpty()) ? write(write) : rollOut(session, write, difference);
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
			return (this.dryRun) ? asked(write).ask() : asked(write).write(this.wait);
		}
		return (this.dryRun) ? ExitCode.OK : write.write(this.wait);
	}

	private AskedWrite asked(ConditionalWrite write) {
		return new AskedWrite(write, this.author, this.comment, (this.wait != null) ? this.wait : DEFAULT_WAIT);
	}

	private int rollOut(EtcdSession session, ConditionalWrite write, Difference difference) {
		int answer = (this.ask) ? asked(write).ask() : ExitCode.OK;
		if (this.dryRun || answer != ExitCode.OK) {
			return answer;
		}
		return new RolledOutWrite(session.rollouts(), this.steps, this.author, this.comment, this.console)
			.write(difference.conditional());
	}

}
