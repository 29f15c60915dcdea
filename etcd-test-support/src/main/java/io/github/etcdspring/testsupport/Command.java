package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a short-lived program with a timeout.
 */
final class Command {

	private final List<String> line;

	private final ProcessBuilder builder;

	private Duration limit = Duration.ofSeconds(20);

	private String input = "";

	Command(List<String> line) {
		this.line = List.copyOf(line);
		this.builder = new ProcessBuilder(this.line);
	}

	Command(String... line) {
		this(List.of(line));
	}

	Command environment(Map<String, String> variables) {
		this.builder.environment().putAll(variables);
		return this;
	}

	Command withoutEnvironment(String prefix) {
		this.builder.environment().keySet().removeIf((name) -> name.startsWith(prefix));
		return this;
	}

	Command directory(Path directory) {
		this.builder.directory(directory.toFile());
		return this;
	}

	Command limit(Duration limit) {
		this.limit = limit;
		return this;
	}

	Command input(String text) {
		this.input = text;
		return this;
	}

	/**
	 * Runs the program and returns what it wrote to its standard output.
	 * @return the output
	 * @throws CommandException if the program cannot be run, fails or times out
	 */
	String run() {
		try {
			Path directory = Files.createTempDirectory("command");
			try {
				this.builder.redirectInput(Files.writeString(directory.resolve("in"), this.input).toFile());
				return run(directory.resolve("out"), directory.resolve("err"));
			}
			finally {
				FileTree.delete(directory);
			}
		}
		catch (IOException ex) {
			throw new CommandException(this.line, "cannot be run", String.valueOf(ex.getMessage()));
		}
	}

	// Files instead of pipes: no reader thread is needed, and a child process that
	// outlives
	// the program cannot block a reader.
	private String run(Path output, Path errors) throws IOException {
		Process process = this.builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
		if (!ends(process)) {
			throw new CommandException(this.line, "did not end within " + this.limit.toSeconds() + " s",
					Files.readString(errors));
		}
		if (process.exitValue() != 0) {
			throw new CommandException(this.line, "failed with status " + process.exitValue(),
					Files.readString(errors));
		}
		return Files.readString(output);
	}

	private boolean ends(Process process) {
		try {
			return process.waitFor(this.limit.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			process.destroyForcibly();
		}
	}

}
