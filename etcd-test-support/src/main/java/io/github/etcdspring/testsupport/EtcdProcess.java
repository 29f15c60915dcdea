package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A running etcd process.
 */
final class EtcdProcess {

	private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

	private static final Duration FREEZE_LIMIT = Duration.ofSeconds(10);

	private static final int TAIL_LINES = 30;

	private final Process process;

	private final Path log;

	private final long logStart;

	private EtcdProcess(Process process, Path log, long logStart) {
		this.process = process;
		this.log = log;
		this.logStart = logStart;
	}

	static EtcdProcess start(List<String> line, Path log) {
		ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true)
			.redirectOutput(Redirect.appendTo(log.toFile()));
		// etcd also reads flags from environment variables.
		builder.environment().keySet().removeIf((name) -> name.startsWith("ETCD_"));
		try {
			long logStart = (Files.exists(log)) ? Files.size(log) : 0;
			return new EtcdProcess(builder.start(), log, logStart);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	long pid() {
		return this.process.pid();
	}

	boolean isRunning() {
		return this.process.isAlive();
	}

	/**
	 * Suspends the process. The signal returns while threads still run, so this waits
	 * until all are stopped, where {@code /proc} exists.
	 */
	void freeze() {
		signal("STOP");
		Path threads = Path.of("/proc", Long.toString(pid()), "task");
		if (Files.exists(threads) && !Poll.until(() -> areStopped(threads), FREEZE_LIMIT)) {
			throw new IllegalStateException("etcd process " + pid() + " is still running after SIGSTOP");
		}
	}

	void thaw() {
		signal("CONT");
	}

	private void signal(String name) {
		new Command("kill", "-" + name, Long.toString(pid())).run();
	}

	private static boolean areStopped(Path threads) {
		try (Stream<Path> all = Files.list(threads)) {
			return all.map(EtcdProcess::stat).allMatch((stat) -> stat.startsWith("T", stat.lastIndexOf(')') + 2));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns the line with thread id, name in parentheses and state. */
	private static String stat(Path thread) {
		try {
			return Files.readString(thread.resolve("stat"));
		}
		catch (IOException ex) {
			// the thread has ended
			return ") T";
		}
	}

	void kill() {
		this.process.destroyForcibly();
		if (!ends(KILL_LIMIT)) {
			throw new IllegalStateException("etcd process " + pid() + " is still running after SIGKILL");
		}
	}

	void terminate(Duration limit) {
		this.process.destroy();
		if (!ends(limit)) {
			kill();
		}
	}

	boolean failedWithAddressInUse() {
		return log().contains("address already in use");
	}

	/**
	 * Returns the last log lines of this process.
	 * @return the last lines
	 */
	String logTail() {
		List<String> lines = log().lines().toList();
		return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
	}

	private String log() {
		try {
			byte[] bytes = Files.readAllBytes(this.log);
			int start = (int) Math.min(this.logStart, bytes.length);
			return new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			return "(no log: " + ex + ")";
		}
	}

	private boolean ends(Duration limit) {
		try {
			return this.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return !this.process.isAlive();
		}
	}

}
