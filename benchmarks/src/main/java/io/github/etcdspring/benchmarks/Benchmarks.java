package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Runs the benchmarks that are named, or all of them, against an etcd of their own and
 * prints tables.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	public static void main(String[] arguments) throws Exception {
		try (EtcdServer etcd = EtcdServer.start()) {
			System.out.printf(Locale.ROOT, "Java %s, %d processors, load average %.1f at the start%n%n",
					System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(),
					ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
			List<String> chosen = List.of(arguments);
			for (Map.Entry<String, Part> part : parts(etcd).entrySet()) {
				if (chosen.isEmpty() || chosen.contains(part.getKey())) {
					part.getValue().run(etcd.endpoint());
					System.out.println();
				}
			}
			System.out.printf(Locale.ROOT, "load average %.1f at the end%n",
					ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		}
		System.exit(0);
	}

	private static Map<String, Part> parts(EtcdServer etcd) {
		Map<String, Part> parts = new LinkedHashMap<>();
		parts.put("registration", new RegistrationBenchmark()::run);
		parts.put("kill", new KillBenchmark()::run);
		parts.put("configuration", new ConfigurationBenchmark()::run);
		parts.put("lookup", new LookupTable()::run);
		parts.put("traffic", (endpoint) -> new TrafficBenchmark().run(etcd));
		parts.put("footprint", new FootprintBenchmark()::run);
		return parts;
	}

	/**
	 * One of the benchmarks.
	 */
	private interface Part {

		void run(String endpoint) throws Exception;

	}

}
