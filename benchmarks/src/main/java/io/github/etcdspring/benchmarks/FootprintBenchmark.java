package io.github.etcdspring.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the starter adds to an application: time to start, threads and live heap, each in
 * a process of its own. Floor: the same application without the starter's jars.
 */
final class FootprintBenchmark {

	private static final int RUNS = 5;

	private static final List<String> OURS = List.of("etcd-spring-boot", "jetcd", "grpc-", "vertx-", "netty-",
			"protobuf-", "spring-cloud-");

	void run(String endpoint) throws IOException, InterruptedException {
		List<Footprint> with = new ArrayList<>();
		List<Footprint> without = new ArrayList<>();
		for (int i = 0; i < RUNS; i++) {
			without.add(fork(endpoint, false));
			with.add(fork(endpoint, true));
		}
		Footprint ours = median(with);
		Footprint floor = median(without);
		System.out.println("| application | without the starter (floor) | with it | added |");
		System.out.println("|---|---|---|---|");
		row("time to start, s", floor.seconds(), ours.seconds());
		row("threads at rest", floor.threads(), ours.threads());
		row("live heap, MiB", floor.heapMiB(), ours.heapMiB());
	}

	private static void row(String name, double floor, double ours) {
		System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.2f |%n", name, floor, ours, ours - floor);
	}

	private static Footprint median(List<Footprint> footprints) {
		return new Footprint(median(footprints.stream().mapToDouble(Footprint::seconds).toArray()),
				median(footprints.stream().mapToDouble(Footprint::threads).toArray()),
				median(footprints.stream().mapToDouble(Footprint::heapMiB).toArray()));
	}

	private static double median(double[] values) {
		Arrays.sort(values);
		return values[values.length / 2];
	}

	private static Footprint fork(String endpoint, boolean starter) throws IOException, InterruptedException {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> starter || OURS.stream().noneMatch(Path.of(entry).getFileName().toString()::startsWith))
			.collect(Collectors.joining(File.pathSeparator));
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:+UseSerialGC", "-Xmx256m", "-cp", classPath, FootprintApplication.class.getName(), endpoint)
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			String line = out.lines().filter((text) -> text.startsWith("FOOTPRINT ")).findFirst().orElseThrow();
			String[] fields = line.split(" ", -1);
			return new Footprint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2]),
					Double.parseDouble(fields[3]));
		}
		finally {
			process.waitFor();
		}
	}

	private record Footprint(double seconds, double threads, double heapMiB) {

	}

}
