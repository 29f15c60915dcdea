package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Runs the given benchmarks, or all, each against a new etcd, and prints tables.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	public static void main(String[] arguments) throws Exception {
		System.out.printf(Locale.ROOT, "Java %s, %d processors, load average %.1f at the start%n%n",
				System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(), loadAverage());
		List<String> chosen = List.of(arguments);
		for (Map.Entry<String, Benchmark> part : parts().entrySet()) {
			if (chosen.isEmpty() || chosen.contains(part.getKey())) {
				try (EtcdServer etcd = EtcdServer.start()) {
					part.getValue().run(etcd);
				}
				System.out.println();
			}
		}
		System.out.printf(Locale.ROOT, "load average %.1f at the end%n", loadAverage());
		System.exit(0);
	}

	private static Map<String, Benchmark> parts() {
		Map<String, Benchmark> parts = new LinkedHashMap<>();
		parts.put("registration", (etcd) -> new RegistrationBenchmark().run(etcd.endpoint()));
		parts.put("kill", (etcd) -> new KillBenchmark().run(etcd.endpoint()));
		parts.put("configuration", (etcd) -> new ConfigurationBenchmark().run(etcd.endpoint()));
		parts.put("changes", (etcd) -> new ChangeBenchmark().run(etcd.endpoint()));
		parts.put("scope", (etcd) -> new ScopeBenchmark().run(etcd.endpoint()));
		parts.put("lookup", (etcd) -> new LookupReport().run(etcd.endpoint()));
		parts.put("traffic", (etcd) -> new TrafficBenchmark().run(etcd));
		parts.put("footprint", (etcd) -> new FootprintBenchmark().run(etcd.endpoint()));
		parts.put("archive", (etcd) -> new ArchiveBenchmark().run(etcd.endpoint()));
		return parts;
	}

	private static double loadAverage() {
		return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
	}

	/**
	 * A benchmark.
	 */
	private interface Benchmark {

		void run(EtcdServer etcd) throws Exception;

	}

}
