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
 * A process of its own that is asked in lines and answers in lines.
 */
final class Fork implements AutoCloseable {

	/** What the answers start with; all else is what the process has to say besides. */
	private static final String ANSWER = "> ";

	private static final Duration LIMIT = Duration.ofMinutes(2);

	private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

	private final Process process;

	private final PrintStream questions;

	private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

	private Fork(Process process) {
		this.process = process;
		this.questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
		Thread reader = new Thread(this::read, "output-" + process.pid());
		reader.setDaemon(true);
		reader.start();
	}

	/**
	 * Start a process.
	 * @param main what it runs
	 * @param jar a build of the auto-configuration to use in place of this one's
	 * @param arguments what it is told
	 * @return the process
	 */
	static Fork start(Class<?> main, @Nullable Path jar, String... arguments) {
		List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx512m", "-cp", classPath(jar), main.getName()));
		line.addAll(List.of(arguments));
		try {
			return new Fork(new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start());
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
			// no more output
		}
	}

	static void answer(Object text) {
		System.out.println(ANSWER + text);
	}

	long pid() {
		return this.process.pid();
	}

	/**
	 * Tell the process something that it does not answer yet.
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
			throw new IllegalStateException("A process did not answer within " + LIMIT.toSeconds() + " s");
		}
		return answer;
	}

	/**
	 * End the process as {@code kill -9} does.
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
