package io.github.etcdspring.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What came of the faults of a test class, a line for each in {@code target/faults}.
 */
final class Report {

	private static final Path DIRECTORY = Path.of("target", "faults");

	private static final Set<Path> BEGUN = ConcurrentHashMap.newKeySet();

	private final Path file;

	Report(Class<?> tests) {
		this.file = DIRECTORY.resolve(tests.getSimpleName() + ".tsv");
	}

	/**
	 * Add a line.
	 * @param fault the fault
	 * @param seen what callers saw of it
	 * @param configuration seconds from its end until a change of the configuration was
	 * applied
	 * @param instance seconds until another instance was to be seen
	 * @param ownKey seconds until the own key stood in etcd
	 */
	void add(String fault, String seen, String configuration, String instance, String ownKey) {
		String load = String.format(Locale.ROOT, "%.1f",
				ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		String line = String.join("\t", fault, seen, configuration, instance, ownKey, load) + "\n";
		try {
			Files.createDirectories(DIRECTORY);
			if (BEGUN.add(this.file)) {
				Files.deleteIfExists(this.file);
			}
			Files.writeString(this.file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static String seconds(long from, long to) {
		return String.format(Locale.ROOT, "%.2f", Math.max(0, to - from) / 1e9);
	}

}
