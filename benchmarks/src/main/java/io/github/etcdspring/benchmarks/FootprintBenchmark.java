package io.github.etcdspring.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Measures what the starter adds to a web application: start-up time, threads and live
 * heap, as an executable jar in a separate process, with configuration import,
 * registration and discovery. The floor is the same application without the starter.
 */
final class FootprintBenchmark {

	private static final int RUNS = 5;

	/** Idle pool threads end after a minute. */
	private static final int REST_SECONDS = 65;

	void run(String endpoint) throws IOException, InterruptedException {
		Map<Kind, List<Footprint>> footprints = new EnumMap<>(Kind.class);
		for (int i = 0; i < RUNS; i++) {
			for (Kind kind : Kind.values()) {
				footprints.computeIfAbsent(kind, (missing) -> new ArrayList<>()).add(read(fork(endpoint, kind, 3)));
			}
		}
		Map<Kind, Process> resting = new EnumMap<>(Kind.class);
		for (Kind kind : Kind.values()) {
			resting.put(kind, fork(endpoint, kind, REST_SECONDS));
		}
		Map<Kind, List<Footprint>> rested = new EnumMap<>(Kind.class);
		for (Map.Entry<Kind, Process> process : resting.entrySet()) {
			rested.put(process.getKey(), List.of(read(process.getValue())));
		}
		System.out.println(
				"| application | alone (floor) | with a raw jetcd client | with Spring Cloud LoadBalancer | with the starter | added to the floor |");
		System.out.println("|---|---|---|---|---|---|");
		row("time to start, s", footprints, Footprint::seconds);
		row("threads after start-up", footprints, Footprint::threads);
		row("threads after a minute", rested, Footprint::threads);
		row("live heap, MiB", footprints, Footprint::heapMiB);
	}

	private static void row(String name, Map<Kind, List<Footprint>> footprints, ToDoubleFunction<Footprint> figure) {
		double floor = median(footprints, Kind.FLOOR, figure);
		double starter = median(footprints, Kind.STARTER, figure);
		System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.2f | %.2f | %.2f |%n", name, floor,
				median(footprints, Kind.JETCD, figure), median(footprints, Kind.COMMONS, figure), starter,
				starter - floor);
	}

	private static double median(Map<Kind, List<Footprint>> footprints, Kind kind, ToDoubleFunction<Footprint> figure) {
		double[] sorted = footprints.getOrDefault(kind, List.of()).stream().mapToDouble(figure).sorted().toArray();
		return sorted[sorted.length / 2];
	}

	private static Process fork(String endpoint, Kind kind, int rest) throws IOException {
		List<String> line = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
						// so that no dead objects remain
						"-XX:MarkSweepAlwaysCompactCount=1", "-Xmx256m", "-Dfootprint.rest=" + rest,
						"-Dfootprint.client=" + (kind == Kind.JETCD), "-jar", jar(kind).toString(), endpoint));
		if (kind == Kind.STARTER) {
			line.add("--spring.config.import=etcd:");
		}
		return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	private static Footprint read(Process process) throws IOException, InterruptedException {
		try (BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			String found = out.lines().filter((text) -> text.startsWith("FOOTPRINT ")).findFirst().orElseThrow();
			String[] fields = found.split(" ", -1);
			return new Footprint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2]),
					Double.parseDouble(fields[3]));
		}
		finally {
			process.waitFor();
		}
	}

	private static Path jar(Kind kind) {
		String end = "-" + kind.name().toLowerCase(Locale.ROOT) + ".jar";
		Path directory = Path.of(System.getProperty("benchmarks.jars", "benchmarks/target"));
		try (Stream<Path> files = Files.list(directory)) {
			return files.filter((file) -> file.getFileName().toString().endsWith(end)).findFirst().orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private enum Kind {

		FLOOR, JETCD, COMMONS, STARTER

	}

	private record Footprint(double seconds, double threads, double heapMiB) {

	}

}
