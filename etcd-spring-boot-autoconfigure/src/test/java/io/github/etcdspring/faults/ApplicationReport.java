package io.github.etcdspring.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * A line for each fault of an application in {@code target/faults}: the fault, what was
 * seen during it, how long configuration, instance and own key took to be as before, and
 * the load of the machine.
 */
final class ApplicationReport {

	private static final Path DIRECTORY = Path.of("target", "faults");

	private final Path file;

	ApplicationReport(Class<?> tests) {
		this.file = DIRECTORY.resolve(tests.getSimpleName() + ".tsv");
		try {
			Files.deleteIfExists(this.file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	void line(String fault, String seen, @Nullable Duration configuration, @Nullable Duration instance,
			@Nullable Duration ownKey) {
		String load = String.format(Locale.ROOT, "%.1f",
				ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
		String line = String.join("\t", fault, seen, seconds(configuration), seconds(instance), seconds(ownKey), load);
		try {
			Files.createDirectories(DIRECTORY);
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
		return Duration.ofNanos(System.nanoTime() - nanoTime);
	}

}
