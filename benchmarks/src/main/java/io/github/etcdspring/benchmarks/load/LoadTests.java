package io.github.etcdspring.benchmarks.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.github.etcdspring.testsupport.EtcdServer;
import org.jspecify.annotations.Nullable;

import org.springframework.util.FileSystemUtils;

/**
 * Runs a load test against a new etcd, prints tables, and fails if changes or calls were
 * lost.
 */
public final class LoadTests {

	private static final String USAGE = "Usage: benchmarks/load (catalog [--beside=JAR] | applications | calls | faults | cold | deployment | fleet) [--small]";

	private LoadTests() {
	}

	public static void main(String[] arguments) throws Exception {
		List<String> options = new ArrayList<>(Arrays.asList(arguments));
		boolean small = options.remove("--small");
		Path beside = beside(options);
		if (options.size() != 1 || !List.of("catalog", "applications", "calls", "faults", "cold", "deployment", "fleet")
			.contains(options.get(0))) {
			System.err.println(USAGE);
			System.exit(2);
		}
		List<String> failures;
		Path data = dataDirectory();
		try (EtcdServer etcd = EtcdServer.builder().dataDirectory(data).start()) {
			System.out.printf(Locale.ROOT, "Java %s, %s, %d processors, load average %.1f at the start%n%n",
					System.getProperty("java.version"), version(etcd), Runtime.getRuntime().availableProcessors(),
					loadAverage());
			failures = switch (options.get(0)) {
				case "catalog" -> new CatalogLoadTest(etcd, small, beside).run();
				case "applications" -> new ApplicationsLoadTest(etcd, small).run();
				case "calls" -> new CallsLoadTest(etcd, small).run();
				case "faults" -> new CallFaultsLoadTest(etcd, small).run();
				case "deployment" -> new DeploymentLoadTest(etcd, small).run();
				case "fleet" -> new FleetLoadTest(etcd, small).run();
				case "cold" -> new ColdStartLoadTest(etcd, small).run();
				default -> throw new IllegalArgumentException(options.get(0));
			};
			System.out.printf(Locale.ROOT, "%nload average %.1f at the end%n", loadAverage());
		}
		finally {
			FileSystemUtils.deleteRecursively(data);
		}
		failures.forEach((failure) -> System.out.println("FAILED: " + failure));
		System.exit((failures.isEmpty()) ? 0 : 1);
	}

	private static @Nullable Path beside(List<String> options) {
		String prefix = "--beside=";
		for (String option : options) {
			if (option.startsWith(prefix)) {
				options.remove(option);
				return Path.of(option.substring(prefix.length())).toAbsolutePath();
			}
		}
		return null;
	}

	/** In memory if possible, to exclude the disk from the measurement. */
	private static Path dataDirectory() throws IOException {
		Path memory = Path.of("/dev/shm");
		return (Files.isWritable(memory)) ? Files.createTempDirectory(memory, "etcd-load-")
				: Files.createTempDirectory("etcd-load-");
	}

	private static String version(EtcdServer etcd) {
		return etcd.etcdctl("version").lines().findFirst().orElse("").replace("etcdctl version:", "etcd");
	}

	private static double loadAverage() {
		return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
	}

}
