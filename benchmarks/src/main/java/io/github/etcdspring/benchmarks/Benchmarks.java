package io.github.etcdspring.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Locale;

import io.github.etcdspring.testsupport.EtcdServer;

/**
 * Runs all benchmarks against an etcd of their own and prints tables.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	public static void main(String[] arguments) throws Exception {
		try (EtcdServer etcd = EtcdServer.start()) {
			System.out.printf(Locale.ROOT, "Java %s, %d processors, load average %.1f at the start%n%n",
					System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(),
					ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
			new RegistrationBenchmark().run(etcd.endpoint());
			System.out.println();
			new LookupBenchmark().run(etcd.endpoint());
			System.out.println();
			new ConfigurationBenchmark().run(etcd.endpoint());
			System.out.println();
			new FootprintBenchmark().run(etcd.endpoint());
			System.out.printf(Locale.ROOT, "%nload average %.1f at the end%n",
					ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		}
		System.exit(0);
	}

}
