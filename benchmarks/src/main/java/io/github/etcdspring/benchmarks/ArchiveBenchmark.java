package io.github.etcdspring.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

import org.springframework.util.FileSystemUtils;

/**
 * Measures the start of a web application with and without the starter: as an executable
 * jar, as extracted by Spring Boot's tools, processed ahead of time by Spring, and with
 * the classes that an earlier run has loaded (class data sharing, or the cache of a newer
 * JDK).
 */
final class ArchiveBenchmark {

	private static final int RUNS = 5;

	/** The first release that writes the cache in one run. */
	private static final int FIRST_JDK_WITH_CACHE = 25;

	private static final String MAIN = FootprintApplication.class.getName();

	void run(String endpoint) throws IOException, InterruptedException {
		Path directory = Files.createTempDirectory("archive");
		try {
			List<String> floor = List.of(endpoint);
			List<String> starter = List.of(endpoint, "--spring.config.import=etcd:");
			Line floorJar = Line.of(Footprint.jar("floor"), floor);
			Line starterJar = Line.of(Footprint.jar("starter"), starter);
			Line extractedFloor = extract(Footprint.jar("floor"), directory.resolve("floor"), floor);
			Line extractedStarter = extract(Footprint.jar("starter"), directory.resolve("starter"), starter);
			Line processedFloor = processAheadOfTime(extractedFloor, directory.resolve("floor-aot"));
			Line processedStarter = processAheadOfTime(extractedStarter, directory.resolve("starter-aot"));
			Map<String, Pair> layouts = new LinkedHashMap<>();
			layouts.put("executable jar", new Pair(floorJar, starterJar));
			layouts.put("extracted", new Pair(extractedFloor, extractedStarter));
			layouts.put("extracted, processed ahead of time", new Pair(processedFloor, processedStarter));
			layouts.put("extracted, with an archive of its classes",
					new Pair(archive(extractedFloor), archive(extractedStarter)));
			layouts.put("processed ahead of time, with an archive of its classes",
					new Pair(archive(processedFloor), archive(processedStarter)));
			if (Runtime.version().feature() >= FIRST_JDK_WITH_CACHE) {
				layouts.put("extracted, with the cache of the JDK",
						new Pair(cache(extractedFloor), cache(extractedStarter)));
				layouts.put("processed ahead of time, with the cache of the JDK",
						new Pair(cache(processedFloor), cache(processedStarter)));
			}
			print(layouts);
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	private static Line extract(Path jar, Path directory, List<String> arguments)
			throws IOException, InterruptedException {
		java("-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", directory.toString());
		return Line.of(directory.resolve(jar.getFileName()), arguments);
	}

	/** Does what the Maven goal {@code spring-boot:process-aot} does. */
	private static Line processAheadOfTime(Line line, Path directory) throws IOException, InterruptedException {
		Path sources = directory.resolve("sources");
		Path classes = directory.resolve("classes");
		List<String> command = new ArrayList<>(List.of("-cp", line.jar().toString(),
				"org.springframework.boot.SpringApplicationAotProcessor", MAIN, sources.toString(), classes.toString(),
				classes.toString(), "benchmarks", line.jar().getFileName().toString()));
		command.addAll(line.arguments());
		java(command.toArray(String[]::new));
		List<String> options = new ArrayList<>(List.of("-proc:none", "-nowarn", "-parameters", "-d", classes.toString(),
				"-cp", line.jar() + File.pathSeparator + classes));
		try (Stream<Path> files = Files.walk(sources)) {
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(options::add);
		}
		tool("javac", options);
		Path generated = directory.resolve("generated.jar");
		tool("jar", List.of("--create", "--file", generated.toString(), "-C", classes.toString(), "."));
		return new Line(List.of("-Dspring.aot.enabled=true"), line.jar(),
				List.of("-cp", generated + File.pathSeparator + line.jar(), MAIN), line.arguments());
	}

	private static void tool(String name, List<String> arguments) {
		int result = ToolProvider.findFirst(name)
			.orElseThrow()
			.run(System.err, System.err, arguments.toArray(String[]::new));
		if (result != 0) {
			throw new IllegalStateException(name + " has failed");
		}
	}

	private static void java(String... arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
		command.addAll(List.of(arguments));
		if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
			throw new IllegalStateException("Failed: " + command);
		}
	}

	/** Write the archive in a run of its own. */
	private static Line archive(Line line) throws IOException, InterruptedException {
		Path archive = Files.createTempFile(line.jar().getParent(), "classes", ".jsa");
		Files.delete(archive);
		train(line, "-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
		return line.with("-XX:SharedArchiveFile=" + archive, "-Xshare:on");
	}

	private static Line cache(Line line) throws IOException, InterruptedException {
		Path cache = Files.createTempFile(line.jar().getParent(), "classes", ".aot");
		Files.delete(cache);
		train(line, "-XX:AOTCacheOutput=" + cache, "-Xlog:aot=off", "-Xlog:cds=off");
		return line.with("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
	}

	private static void train(Line line, String... options) throws IOException, InterruptedException {
		Line training = line.with(options);
		Footprint.read(Footprint.start(training.options(), training.program(), 0, training.arguments()));
	}

	private static void print(Map<String, Pair> layouts) throws IOException, InterruptedException {
		Map<Line, List<Footprint>> runs = new LinkedHashMap<>();
		List<Line> lines = layouts.values().stream().flatMap(Pair::lines).toList();
		for (int i = 0; i < RUNS; i++) {
			for (Line line : lines) {
				runs.computeIfAbsent(line, (missing) -> new ArrayList<>())
					.add(Footprint.read(Footprint.start(line.options(), line.program(), 0, line.arguments())));
			}
		}
		System.out.println("| application | start-up alone (floor), s | with the starter | added"
				+ " | processor time alone (floor), s | with the starter | added |");
		System.out.println("|---|---:|---:|---:|---:|---:|---:|");
		layouts.forEach((name, pair) -> System.out.println("| " + name + " " + cells(runs, pair, Footprint::seconds)
				+ cells(runs, pair, Footprint::processorSeconds) + "|"));
		System.out.printf(Locale.ROOT, "%nMedian of %d runs on Java %d.%n", RUNS, Runtime.version().feature());
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
	 *
	 * @param options options of the virtual machine
	 * @param jar the jar of the application
	 * @param program the jar, or class path and main class
	 * @param arguments arguments of the application
	 */
	private record Line(List<String> options, Path jar, List<String> program, List<String> arguments) {

		static Line of(Path jar, List<String> arguments) {
			return new Line(List.of(), jar, List.of("-jar", jar.toString()), arguments);
		}

		Line with(String... options) {
			List<String> all = new ArrayList<>(this.options);
			all.addAll(List.of(options));
			return new Line(all, this.jar, this.program, this.arguments);
		}

	}

}
