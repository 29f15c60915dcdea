package io.github.etcdspring.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Measures what the starter adds to a web application: start-up time, classes, threads
 * and live heap, as an executable jar in a separate process, with configuration import,
 * registration and discovery. The floor is the same application without the starter, and
 * with the two libraries that the starter is built on. Its peers are the same application
 * with the starters of other registries.
 */
final class FootprintBenchmark {

	private static final int RUNS = 5;

	/** Idle pool threads end after a minute. */
	private static final int REST_SECONDS = 65;

	private static final String SERVICE = "footprint";

	void run(String endpoint) throws IOException, InterruptedException {
		try (PeerServer zookeeper = PeerServer.zookeeper(Footprint.jar("zookeeper-server"), SERVICE);
				PeerServer eureka = PeerServer.eureka(Footprint.jar("eureka-server"), SERVICE)) {
			Map<Kind, List<String>> lines = new EnumMap<>(Kind.class);
			for (Kind kind : Kind.values()) {
				lines.put(kind, Stream.concat(Stream.of(endpoint), arguments(kind, zookeeper, eureka)).toList());
			}
			Map<Kind, List<Footprint>> started = start(lines);
			Map<Kind, List<Footprint>> rested = rest(lines, List.of(zookeeper, eureka));
			print(List.of(Row.of("time to start, s", "%.2f", started, Footprint::seconds),
					Row.of("processor time to start, s", "%.2f", started, Footprint::processorSeconds),
					Row.of("loaded classes", "%,.0f", started, Footprint::classes),
					Row.of("threads after start-up", "%.0f", started, Footprint::threads),
					Row.of("threads after a minute", "%.0f", rested, Footprint::threads),
					Row.of("live heap, MiB", "%.1f", started, Footprint::heapMiB)));
		}
	}

	private static Stream<String> arguments(Kind kind, PeerServer zookeeper, PeerServer eureka) {
		return switch (kind) {
			case FLOOR, JETCD, COMMONS, LIBRARIES, REGISTRY -> Stream.empty();
			case STARTER -> Stream.of("--spring.config.import=etcd:");
			case ZOOKEEPER -> Stream.of("--spring.cloud.zookeeper.connect-string=" + zookeeper.address(),
					"--spring.cloud.zookeeper.discovery.instance-host=127.0.0.1");
			case EUREKA -> Stream.of("--eureka.client.service-url.defaultZone=http://" + eureka.address() + "/eureka/",
					"--eureka.instance.prefer-ip-address=true", "--eureka.instance.ip-address=127.0.0.1");
		};
	}

	private static Map<Kind, List<Footprint>> start(Map<Kind, List<String>> arguments)
			throws IOException, InterruptedException {
		Map<Kind, List<Footprint>> footprints = new EnumMap<>(Kind.class);
		for (int i = 0; i < RUNS; i++) {
			for (Map.Entry<Kind, List<String>> line : arguments.entrySet()) {
				footprints.computeIfAbsent(line.getKey(), (missing) -> new ArrayList<>())
					.add(Footprint.read(fork(line.getKey(), 3, line.getValue())));
			}
		}
		return footprints;
	}

	private static Map<Kind, List<Footprint>> rest(Map<Kind, List<String>> arguments, List<PeerServer> servers)
			throws IOException, InterruptedException {
		Map<Kind, Process> resting = new EnumMap<>(Kind.class);
		try {
			for (Map.Entry<Kind, List<String>> line : arguments.entrySet()) {
				resting.put(line.getKey(), fork(line.getKey(), REST_SECONDS, line.getValue()));
			}
			for (PeerServer server : servers) {
				server.awaitRegistration();
			}
			Map<Kind, List<Footprint>> footprints = new EnumMap<>(Kind.class);
			for (Map.Entry<Kind, Process> process : resting.entrySet()) {
				footprints.put(process.getKey(), List.of(Footprint.read(process.getValue())));
			}
			return footprints;
		}
		finally {
			resting.values().forEach(Process::destroyForcibly);
		}
	}

	private static void print(List<Row> rows) {
		Set<Kind> all = EnumSet.allOf(Kind.class);
		System.out.println("| application " + cells(all, Kind::label) + "|");
		System.out.println("|---|" + "---:|".repeat(all.size()));
		rows.forEach((row) -> System.out.println(row.measured(all)));
		Set<Kind> complete = EnumSet.range(Kind.LIBRARIES, Kind.EUREKA);
		System.out.println();
		System.out.println("| added to the floor " + cells(complete, Kind::label)
				+ "| starter / both libraries | starter / leaner peer |");
		System.out.println("|---|" + "---:|".repeat(complete.size() + 2));
		rows.forEach((row) -> System.out.println(row.added(complete)));
		System.out.printf(Locale.ROOT,
				"%nMedian of %d runs; threads after a minute: one run. Default settings. All three register and discover.%n"
						+ "Only the starter imports configuration as well: Eureka has no configuration store, and ZooKeeper's%n"
						+ "is a starter of its own, which is left out. Without its import, the starter does what they do.%n",
				RUNS);
	}

	private static String cells(Set<Kind> kinds, Function<Kind, String> cell) {
		return kinds.stream().map(cell).map((text) -> "| " + text + " ").collect(Collectors.joining());
	}

	private static Process fork(Kind kind, int rest, List<String> arguments) throws IOException {
		boolean rawClient = kind == Kind.JETCD || kind == Kind.LIBRARIES;
		return Footprint.start(List.of("-Dfootprint.client=" + rawClient), Footprint.jar(kind.jar), rest, arguments);
	}

	private enum Kind {

		FLOOR("floor", "alone (floor)"), JETCD("jetcd", "with a raw jetcd client"),
		COMMONS("commons", "with Spring Cloud LoadBalancer"), LIBRARIES("libraries", "with both"),
		STARTER("starter", "with the starter"), REGISTRY("starter", "without its import"),
		ZOOKEEPER("zookeeper", "with ZooKeeper's starter"), EUREKA("eureka", "with Eureka's starter");

		private final String jar;

		private final String label;

		Kind(String jar, String label) {
			this.jar = jar;
			this.label = label;
		}

		String label() {
			return this.label;
		}

	}

	/**
	 * Medians of one figure.
	 */
	private record Row(String name, String format, Map<Kind, Double> medians) {

		static Row of(String name, String format, Map<Kind, List<Footprint>> footprints,
				ToDoubleFunction<Footprint> figure) {
			Map<Kind, Double> medians = new EnumMap<>(Kind.class);
			footprints.forEach((kind, runs) -> medians.put(kind, Footprint.median(runs, figure)));
			return new Row(name, format, medians);
		}

		String measured(Set<Kind> kinds) {
			return "| " + this.name + " " + cells(kinds, (kind) -> text(median(kind))) + "|";
		}

		String added(Set<Kind> kinds) {
			return "| " + this.name + " " + cells(kinds, (kind) -> text(added(kind))) + "| "
					+ ratioTo(added(Kind.LIBRARIES)) + " | "
					+ ratioTo(Math.min(added(Kind.ZOOKEEPER), added(Kind.EUREKA))) + " |";
		}

		private String ratioTo(double added) {
			return (added > 0) ? String.format(Locale.ROOT, "%.2f", added(Kind.STARTER) / added) : "";
		}

		private double added(Kind kind) {
			return median(kind) - median(Kind.FLOOR);
		}

		private double median(Kind kind) {
			return this.medians.getOrDefault(kind, Double.NaN);
		}

		private String text(double figure) {
			return String.format(Locale.ROOT, this.format, figure);
		}

	}

}
