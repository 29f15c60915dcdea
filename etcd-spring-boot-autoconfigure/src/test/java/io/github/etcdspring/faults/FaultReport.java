package io.github.etcdspring.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Report of a test class in {@code target/faults}, with a line for each fault.
 */
final class FaultReport {

	private static final Path DIRECTORY = Path.of("target", "faults");

	private static final Set<Path> STARTED_FILES = ConcurrentHashMap.newKeySet();

	private final Path file;

	FaultReport(Class<?> tests) {
		this.file = DIRECTORY.resolve(tests.getSimpleName() + ".tsv");
	}

	/**
	 * Add a line.
	 * @param fault the fault
	 * @param seen what callers observed
	 * @param configuration how long after its end a change of the configuration was
	 * applied, {@code null} where it does not apply
	 * @param instance how long until another instance was discovered
	 * @param ownKey how long until the key of the application was in etcd
	 */
	void add(String fault, String seen, @Nullable Duration configuration, @Nullable Duration instance,
			@Nullable Duration ownKey) {
		String load = String.format(Locale.ROOT, "%.1f",
				ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		String line = String.join("\t", fault, seen, seconds(configuration), seconds(instance), seconds(ownKey), load);
		try {
			Files.createDirectories(DIRECTORY);
			if (STARTED_FILES.add(this.file)) {
				Files.deleteIfExists(this.file);
			}
			Files.writeString(this.file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static String seconds(@Nullable Duration duration) {
		return (duration != null) ? String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e9) : "-";
	}

	static Duration since(long nanoTime) {
		return between(nanoTime, System.nanoTime());
	}

	static Duration between(long from, long to) {
		return Duration.ofNanos(Math.max(0, to - from));
	}

}
