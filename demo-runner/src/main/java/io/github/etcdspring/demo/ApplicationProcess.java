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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One process of the sample application.
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

	static ApplicationProcess start(List<String> line, Path directory, String name) throws IOException {
		// In a directory of its own: Spring Boot reads the application.yml that lies in
		// the current one.
		ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true);
		builder.environment()
			.keySet()
			.removeIf((variable) -> variable.startsWith("SPRING_") || variable.startsWith("SERVER_")
					|| variable.startsWith("MANAGEMENT_") || variable.startsWith("LOGGING_"));
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
					this.registered.complete(new Registration(matcher.group("instance"), URI.create(matcher.group("uri")),
							System.nanoTime()));
				}
				file.write(line + "\n");
				file.flush();
			}
		}
		catch (IOException ex) {
			// no more output
		}
		finally {
			this.registered.completeExceptionally(new IllegalStateException("it has ended"));
		}
	}

	/**
	 * Wait until the application stands in etcd, which it does once it serves.
	 */
	Registration awaitRegistered() throws InterruptedException {
		try {
			return this.registered.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw failed("ended before it was registered");
		}
		catch (TimeoutException ex) {
			throw failed("was not registered within " + START_TIMEOUT.toSeconds() + " s");
		}
	}

	/**
	 * The instance that the application is in etcd.
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
	 * End the process as {@code kill -9} does.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor(KILL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
	}

	/**
	 * Ask the application to stop, as {@code kill} does, and wait for its end.
	 */
	void stop() throws InterruptedException {
		// The process itself would close its output, and with it the end of the log.
		this.process.toHandle().destroy();
		if (!this.process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
			throw failed("did not stop within " + STOP_TIMEOUT.toSeconds() + " s");
		}
	}

	/**
	 * End the process, without a wait.
	 */
	void destroy() {
		this.process.destroyForcibly();
	}

	private IllegalStateException failed(String what) {
		return new IllegalStateException("Process " + pid() + " " + what + ". The end of its log:\n" + logTail());
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
	 * That the application stands in etcd.
	 *
	 * @param instance identifier of the instance
	 * @param uri where it is called
	 * @param at when it said so
	 */
	record Registration(String instance, URI uri, long at) {

	}

}
