package io.github.etcdspring.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.github.etcdspring.rollout.RolloutStep;
import picocli.CommandLine;

/**
 * Command line that imports, exports and compares configuration in etcd.
 *
 * @since 0.1.0
 */
public final class EtcdConfigApplication {

	private EtcdConfigApplication() {
	}

	/**
	 * Run a command and exit with its code.
	 * @param args the command and its arguments
	 */
	public static void main(String[] args) {
		Console console = new Console(new PrintWriter(System.out, true, StandardCharsets.UTF_8),
				new PrintWriter(System.err, true, StandardCharsets.UTF_8));
		System.exit(run(console, args));
	}

	/**
	 * Run a command.
	 * @param console receives results and messages
	 * @param args the command and its arguments
	 * @return the exit code
	 */
	static int run(Console console, String... args) {
		CommandLine commandLine = new CommandLine(new EtcdConfigCommand());
		commandLine.addSubcommand(new ExportCommand(console));
		commandLine.addSubcommand(new ImportCommand(console));
		commandLine.addSubcommand(new DiffCommand(console));
		commandLine.addSubcommand(new GetCommand(console));
		commandLine.addSubcommand(new HistoryCommand(console));
		commandLine.registerConverter(Duration.class, new DurationConverter());
		commandLine.registerConverter(RolloutStep.class, new RolloutStepConverter());
		commandLine.setExecutionExceptionHandler(new FailureExit(console));
		commandLine.setOut(console.out());
		commandLine.setErr(console.err());
		int exitCode = commandLine.execute(args);
		console.flush();
		return exitCode;
	}

}
