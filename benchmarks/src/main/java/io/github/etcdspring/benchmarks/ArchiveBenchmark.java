package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import org.springframework.util.FileSystemUtils;

/**
 * Measures the start of a web application with and without the starter: as an executable
 * jar, as extracted by Spring Boot's tools, and with an archive of the classes that an
 * earlier run has loaded (class data sharing).
 */
final class ArchiveBenchmark {

	private static final int RUNS = 5;

	void run(String endpoint) throws IOException, InterruptedException {
		Path directory = Files.createTempDirectory("archive");
		try {
			List<String> floor = List.of(endpoint);
			List<String> starter = List.of(endpoint, "--spring.config.import=etcd:");
			Map<String, Pair> layouts = new LinkedHashMap<>();
			Path floorJar = Footprint.jar("floor");
			Path starterJar = Footprint.jar("starter");
			layouts.put("executable jar",
					new Pair(new Line(List.of(), floorJar, floor), new Line(List.of(), starterJar, starter)));
			floorJar = extract(floorJar, directory.resolve("floor"));
			starterJar = extract(starterJar, directory.resolve("starter"));
			layouts.put("extracted",
					new Pair(new Line(List.of(), floorJar, floor), new Line(List.of(), starterJar, starter)));
			layouts.put("extracted, with an archive of its classes",
					new Pair(archive(floorJar, floor), archive(starterJar, starter)));
			print(layouts);
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	private static Path extract(Path jar, Path directory) throws IOException, InterruptedException {
		Process tools = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", directory.toString())
			.inheritIO()
			.start();
		if (tools.waitFor() != 0) {
			throw new IllegalStateException("Failed to extract " + jar);
		}
		return directory.resolve(jar.getFileName());
	}

	/** Write the archive in a run of its own. */
	private static Line archive(Path jar, List<String> arguments) throws IOException, InterruptedException {
		Path archive = jar.resolveSibling("classes.jsa");
		Footprint.read(Footprint.start(
				List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"), jar, 0,
				arguments));
		return new Line(List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:on"), jar, arguments);
	}

	private static void print(Map<String, Pair> layouts) throws IOException, InterruptedException {
		Map<Line, List<Footprint>> runs = new LinkedHashMap<>();
		List<Line> lines = layouts.values().stream().flatMap(Pair::lines).toList();
		for (int i = 0; i < RUNS; i++) {
			for (Line line : lines) {
				runs.computeIfAbsent(line, (missing) -> new ArrayList<>())
					.add(Footprint.read(Footprint.start(line.options(), line.jar(), 0, line.arguments())));
			}
		}
		System.out.println("| application | start-up alone (floor), s | with the starter | added"
				+ " | processor time alone (floor), s | with the starter | added |");
		System.out.println("|---|---:|---:|---:|---:|---:|---:|");
		layouts.forEach((name, pair) -> System.out.println("| " + name + " " + cells(runs, pair, Footprint::seconds)
				+ cells(runs, pair, Footprint::processorSeconds) + "|"));
		System.out.printf(Locale.ROOT, "%nMedian of %d runs.%n", RUNS);
	}

	private static String cells(Map<Line, List<Footprint>> runs, Pair pair, ToDoubleFunction<Footprint> figure) {
		double floor = Footprint.median(runs.getOrDefault(pair.floor(), List.of()), figure);
		double starter = Footprint.median(runs.getOrDefault(pair.starter(), List.of()), figure);
		return String.format(Locale.ROOT, "| %.2f | %.2f | %.2f ", floor, starter, starter - floor);
	}

	/**
	 * Application alone, and with the starter.
	 */
	private record Pair(Line floor, Line starter) {

		Stream<Line> lines() {
			return Stream.of(this.floor, this.starter);
		}

	}

	/**
	 * How an application is started.
	 */
	private record Line(List<String> options, Path jar, List<String> arguments) {

	}

}
