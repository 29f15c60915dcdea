package io.github.etcdspring.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Figures that a {@link FootprintApplication} prints.
 *
 * @param seconds time from the start of the virtual machine until the application runs
 * @param processorSeconds processor time until then
 * @param classes number of loaded classes after a rest
 * @param threads number of threads after it
 * @param heapMiB live heap after it
 */
record Footprint(double seconds, double processorSeconds, double classes, double threads, double heapMiB) {

	/** Find the executable jar of an application. */
	static Path jar(String name) {
		return Stream
			.of(System.getProperty("benchmarks.jars", "benchmarks/target,benchmark-peers/target").split(",", -1))
			.flatMap((directory) -> files(Path.of(directory)))
			.filter((file) -> file.getFileName().toString().endsWith("-" + name + ".jar"))
			.findFirst()
			.orElseThrow();
	}

	private static Stream<Path> files(Path directory) {
		try (Stream<Path> files = Files.list(directory)) {
			return files.toList().stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Start an application that prints its figures after a rest.
	 * @param options options of the virtual machine
	 * @param jar its jar
	 * @param restSeconds how long it rests
	 * @param arguments its arguments
	 */
	static Process start(List<String> options, Path jar, int restSeconds, List<String> arguments) throws IOException {
		return start(options, List.of("-jar", jar.toString()), restSeconds, arguments);
	}

	/**
	 * Start an application that prints its figures after a rest.
	 * @param options options of the virtual machine
	 * @param program its jar or class path and main class
	 * @param restSeconds how long it rests
	 * @param arguments its arguments
	 */
	static Process start(List<String> options, List<String> program, int restSeconds, List<String> arguments)
			throws IOException {
		List<String> line = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
						// so that no dead objects remain
						"-XX:MarkSweepAlwaysCompactCount=1", "-Xmx256m", "-Dfootprint.rest=" + restSeconds));
		line.addAll(options);
		line.addAll(program);
		line.addAll(arguments);
		return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	/** Wait until an application has printed its figures, and end it. */
	static Footprint read(Process process) throws IOException, InterruptedException {
		try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
			for (String text = out.readLine(); text != null; text = out.readLine()) {
				if (text.startsWith("FOOTPRINT ")) {
					return parse(text);
				}
				// an error in the log of the application
				System.err.println(text);
			}
			throw new IllegalStateException("The application ended without its figures");
		}
		finally {
			process.getOutputStream().close();
			process.waitFor();
		}
	}

	private static Footprint parse(String line) {
		String[] fields = line.split(" ", -1);
		return new Footprint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2]),
				Double.parseDouble(fields[3]), Double.parseDouble(fields[4]), Double.parseDouble(fields[5]));
	}

	static double median(List<Footprint> runs, ToDoubleFunction<Footprint> figure) {
		double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
		return sorted[sorted.length / 2];
	}

}
