package io.github.etcdspring.benchmarks.load;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * A child process that is controlled by lines on its standard input and output.
 */
final class ChildProcess implements AutoCloseable {

	/** Prefix of responses; other lines are log output. */
	private static final String ANSWER = "> ";

	private static final Duration LIMIT = Duration.ofMinutes(2);

	private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

	private final Process process;

	private final PrintStream questions;

	private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

	private ChildProcess(Process process) {
		this.process = process;
		this.questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
		Thread reader = new Thread(this::read, "output-" + process.pid());
		reader.setDaemon(true);
		reader.start();
	}

	/**
	 * Start a process.
	 * @param main main class
	 * @param jar build of the auto-configuration to use instead of the current one
	 * @param arguments arguments
	 * @return the process
	 */
	static ChildProcess start(Class<?> main, @Nullable Path jar, String... arguments) {
		List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx512m", "-cp", classPath(jar), main.getName()));
		line.addAll(List.of(arguments));
		try {
			return new ChildProcess(new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String classPath(@Nullable Path jar) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map((entry) -> (jar != null && entry.contains("etcd-spring-boot-autoconfigure")) ? jar.toString() : entry)
			.collect(Collectors.joining(File.pathSeparator));
	}

	private void read() {
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = output.readLine(); line != null; line = output.readLine()) {
				if (line.startsWith(ANSWER)) {
					this.answers.add(line.substring(ANSWER.length()));
				}
				else {
					System.err.println(line);
				}
			}
		}
		catch (IOException ex) {
			// the output ends with the process
		}
	}

	static void answer(Object text) {
		System.out.println(ANSWER + text);
	}

	long pid() {
		return this.process.pid();
	}

	/**
	 * Send a command without waiting for a response.
	 */
	void tell(String question) {
		this.questions.println(question);
	}

	String ask(String question) throws InterruptedException {
		tell(question);
		return next();
	}

	String next() throws InterruptedException {
		String answer = this.answers.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
		if (answer == null) {
			throw new IllegalStateException(
					"Child process " + pid() + " did not respond within " + LIMIT.toSeconds() + " s");
		}
		return answer;
	}

	/**
	 * Kill the process, as {@code kill -9} does.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.questions.close();
		try {
			if (!this.process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
				kill();
			}
		}
		catch (InterruptedException ex) {
			this.process.destroyForcibly();
			Thread.currentThread().interrupt();
		}
	}

}
