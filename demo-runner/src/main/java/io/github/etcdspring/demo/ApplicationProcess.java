package io.github.etcdspring.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sample application running in its own process, with its output in a log file.
 */
final class ApplicationProcess {

	private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

	/** Graceful shutdown may take 30 seconds. */
	private static final Duration STOP_TIMEOUT = Duration.ofSeconds(45);

	private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);

	private static final int TAIL_LINES = 15;

	private static final Pattern REGISTERED = Pattern
		.compile("Registered in etcd: \\S+ instance (?<instance>\\S+) at (?<uri>\\S+)");

	private final Process process;

	private final Path log;

	private final CompletableFuture<Registration> registered = new CompletableFuture<>();

	private ApplicationProcess(Process process, Path log) {
		this.process = process;
		this.log = log;
	}

	static ApplicationProcess start(List<String> line, Map<String, String> environment, Path directory, String name)
			throws IOException {
		// In an empty directory: Spring Boot also reads an application.yml in the working
		// directory.
		ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true);
		builder.environment()
			.keySet()
			.removeIf((variable) -> variable.startsWith("SPRING_") || variable.startsWith("SERVER_")
					|| variable.startsWith("MANAGEMENT_") || variable.startsWith("LOGGING_"));
		builder.environment().putAll(environment);
		ApplicationProcess application = new ApplicationProcess(builder.start(), directory.resolve(name + ".log"));
		Thread reader = new Thread(application::readOutput, "output-" + application.pid());
		reader.setDaemon(true);
		reader.start();
		return application;
	}

	private void readOutput() {
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8);
				Writer file = Files.newBufferedWriter(this.log)) {
			for (String line = output.readLine(); line != null; line = output.readLine()) {
				Matcher matcher = REGISTERED.matcher(line);
				if (matcher.find()) {
					this.registered.complete(new Registration(matcher.group("instance"),
							URI.create(matcher.group("uri")), System.nanoTime()));
				}
				file.write(line + "\n");
				file.flush();
			}
		}
		catch (IOException ex) {
			// the output ends with the process
		}
		finally {
			this.registered.completeExceptionally(new IllegalStateException("The process has exited"));
		}
	}

	/**
	 * Wait until the application has registered in etcd, which it does when it is ready.
	 */
	Registration awaitRegistered() throws InterruptedException {
		try {
			return this.registered.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw failed("exited before it registered in etcd");
		}
		catch (TimeoutException ex) {
			throw failed("did not register in etcd within " + START_TIMEOUT.toSeconds() + " s");
		}
	}

	/**
	 * Return the instance id under which the application is registered.
	 */
	String instance() {
		return this.registered.join().instance();
	}

	long pid() {
		return this.process.pid();
	}

	boolean isRunning() {
		return this.process.isAlive();
	}

	int exitValue() {
		return this.process.exitValue();
	}

	/**
	 * Kill the process, as {@code kill -9} does, and wait for its end.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor(KILL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
	}

	/**
	 * Shut the application down gracefully, as {@code kill} does, and wait for its end.
	 */
	void stop() throws InterruptedException {
		// Process.destroy() would close the output and truncate the log.
		this.process.toHandle().destroy();
		if (!this.process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
			throw failed("did not shut down within " + STOP_TIMEOUT.toSeconds() + " s");
		}
	}

	/**
	 * Kill the process without waiting for its end.
	 */
	void destroy() {
		this.process.destroyForcibly();
	}

	private IllegalStateException failed(String problem) {
		return new IllegalStateException("Process " + pid() + " " + problem + ". Last lines of its log:\n" + logTail());
	}

	private String logTail() {
		try {
			List<String> lines = Files.readAllLines(this.log);
			return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
		}
		catch (IOException ex) {
			return "(no log: " + ex + ")";
		}
	}

	/**
	 * The registration of the application, as it was logged.
	 *
	 * @param instance instance id
	 * @param uri address of the instance
	 * @param at {@link System#nanoTime()} of the log line
	 */
	record Registration(String instance, URI uri, long at) {

	}

}
