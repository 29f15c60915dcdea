package io.github.etcdspring.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the launcher script, or a shell script that calls it, in a separate process.
 */
final class Launcher {

	static final Path SCRIPT = Path.of("etcd-config").toAbsolutePath();

	private final Path directory;

	private final Map<String, String> environment;

	/**
	 * Create a launcher.
	 * @param directory the working directory
	 * @param environment environment variables
	 */
	Launcher(Path directory, Map<String, String> environment) {
		this.directory = directory;
		this.environment = environment;
	}

	CommandResult run(String... arguments) {
		return run(SCRIPT, arguments);
	}

	CommandResult run(Path script, String... arguments) {
		String[] command = new String[arguments.length + 1];
		command[0] = script.toString();
		System.arraycopy(arguments, 0, command, 1, arguments.length);
		return execute(Arrays.asList(command));
	}

	/** Runs a shell script, which stops at the first failure. */
	CommandResult shell(String script) {
		return execute(List.of("sh", "-ec", script));
	}

	private CommandResult execute(List<String> command) {
		try {
			Path out = Files.createTempFile("out", "");
			Path err = Files.createTempFile("err", "");
			ProcessBuilder builder = new ProcessBuilder(command).directory(this.directory.toFile())
				.redirectOutput(out.toFile())
				.redirectError(err.toFile());
			builder.environment().keySet().removeIf((name) -> name.startsWith("SPRING_"));
			builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
			builder.environment().merge("PATH", SCRIPT.getParent().toString(), (path, own) -> own + ":" + path);
			builder.environment().putAll(this.environment);
			Process process = builder.start();
			process.getOutputStream().close();
			if (!process.waitFor(60, TimeUnit.SECONDS)) {
				process.destroyForcibly();
				throw new IllegalStateException(command + " does not end");
			}
			CommandResult result = new CommandResult(process.exitValue(), Files.readString(out), Files.readString(err));
			Files.delete(out);
			Files.delete(err);
			return result;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
