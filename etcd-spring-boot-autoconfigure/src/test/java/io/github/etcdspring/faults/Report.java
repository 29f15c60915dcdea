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
	 * @param configuration how long after its end a change of the configuration was
	 * applied, {@code null} where it does not apply
	 * @param instance how long until another instance was to be seen
	 * @param ownKey how long until the own key stood in etcd
	 */
	void add(String fault, String seen, @Nullable Duration configuration, @Nullable Duration instance,
			@Nullable Duration ownKey) {
		String load = String.format(Locale.ROOT, "%.1f",
				ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		String line = String.join("\t", fault, seen, seconds(configuration), seconds(instance), seconds(ownKey), load);
		try {
			Files.createDirectories(DIRECTORY);
			if (BEGUN.add(this.file)) {
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
