package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * A clock that jumps by an hour, ahead and back, neither ends a registration nor makes
 * the application do anything. Needs Debian's {@code libfaketime}, installed or named by
 * the variable {@code LIBFAKETIME}.
 */
class ApplicationClockIntegrationTests {

	private static final String NAME = "jumping";

	private static final Report report = new Report(ApplicationClockIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void jumpOfTheClockIsOfNoConsequence(@TempDir Path folder) throws IOException {
		Optional<Path> library = library();
		Assumptions.assumeTrue(library.isPresent(), "libfaketime is not installed");
		Path clock = folder.resolve("clock");
		set(clock, "+0");
		// whose waits are by the monotonic clock, which is left alone
		Map<String, String> environment = Map.of("LD_PRELOAD", library.get().toString(), "FAKETIME_TIMESTAMP_FILE",
				clock.toString(), "FAKETIME_NO_CACHE", "1", "FAKETIME_DONT_FAKE_MONOTONIC", "1",
				"FAKETIME_FORCE_MONOTONIC_FIX", "0");
		try (ApplicationFork jumping = ApplicationFork.start(etcd, NAME, environment, List.of())) {
			ApplicationFork.within(Duration.ofMinutes(1)).until(jumping::isRegistered);
			ApplicationFork.within(Duration.ofSeconds(20)).until(() -> jumping.follows("first"));
			List<String> leases = Keys.leases(etcd);
			for (String offset : List.of("+3600", "-3600", "+0")) {
				long lines = lines(jumping);
				set(clock, offset);
				long until = System.nanoTime() + ApplicationFork.TTL.plusSeconds(1).toNanos();
				while (System.nanoTime() < until) {
					assertThat(jumping.keys()).hasSize(1);
					assertThat(Keys.leases(etcd)).isEqualTo(leases);
					ApplicationFork.within(Duration.ofMinutes(1)).pollDelay(Duration.ofMillis(200)).until(() -> true);
				}
				assertThat(lines(jumping)).isEqualTo(lines);
				long written = System.nanoTime();
				ApplicationFork.write(etcd, NAME, "at" + offset);
				ApplicationFork.within(Duration.ofSeconds(5)).until(() -> jumping.follows("at" + offset));
				assertThat(clockOf(jumping, "at" + offset)).isCloseTo(Instant.now().plusSeconds(Long.parseLong(offset)),
						within(5, ChronoUnit.MINUTES));
				report.add("clock jumps to " + offset + " s", "lease renewed, nothing refreshed", Report.since(written),
						null, null);
			}
		}
	}

	/** What the application took for the time when it said so. */
	private static Instant clockOf(ApplicationFork jumping, String text) {
		String line = jumping.process()
			.output()
			.lines()
			.filter((candidate) -> candidate.contains("environment=" + text + " "))
			.findFirst()
			.orElseThrow();
		return OffsetDateTime.parse(line.substring(0, line.indexOf(" "))).toInstant();
	}

	private static long lines(ApplicationFork jumping) {
		return jumping.process().output().lines().count();
	}

	private static void set(Path clock, String offset) throws IOException {
		Path next = Files.writeString(clock.resolveSibling("next"), offset + "\n");
		Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE);
	}

	private static Optional<Path> library() {
		String named = System.getenv("LIBFAKETIME");
		if (named != null) {
			return Optional.of(Path.of(named));
		}
		try (Stream<Path> directories = Files.list(Path.of("/usr/lib"))) {
			return directories.map((directory) -> directory.resolve("faketime/libfaketime.so.1"))
				.filter(Files::exists)
				.findFirst();
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

}
