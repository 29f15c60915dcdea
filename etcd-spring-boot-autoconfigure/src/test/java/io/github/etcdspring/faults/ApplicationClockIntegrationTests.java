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

import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Clock jumps of an hour, ahead and back, affect neither the registration nor the
 * configuration. Requires Debian's {@code libfaketime}, installed or located by the
 * environment variable {@code LIBFAKETIME}.
 */
class ApplicationClockIntegrationTests {

	private static final String NAME = "jumping";

	private static final FaultReport report = new FaultReport(ApplicationClockIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void clockJumpHasNoEffect(@TempDir Path folder) throws IOException {
		Optional<Path> library = library();
		Assumptions.assumeTrue(library.isPresent(), "libfaketime is not installed");
		Path clock = folder.resolve("clock");
		set(clock, "+0");
		// the JVM waits by the monotonic clock, which is not changed
		Map<String, String> environment = Map.of("LD_PRELOAD", library.get().toString(), "FAKETIME_TIMESTAMP_FILE",
				clock.toString(), "FAKETIME_NO_CACHE", "1", "FAKETIME_DONT_FAKE_MONOTONIC", "1",
				"FAKETIME_FORCE_MONOTONIC_FIX", "0");
		try (ForkedApplication jumping = ForkedApplication.start(etcd, NAME, environment, List.of())) {
			ForkedApplication.within(JavaProcess.START_TIMEOUT).until(jumping::isRegistered);
			ForkedApplication.within(Duration.ofSeconds(20)).until(() -> jumping.follows("first"));
			List<String> leases = Keys.leases(etcd);
			for (String offset : List.of("+3600", "-3600", "+0")) {
				long lines = lines(jumping);
				set(clock, offset);
				long until = System.nanoTime() + ForkedApplication.TTL.plusSeconds(1).toNanos();
				while (System.nanoTime() < until) {
					assertThat(jumping.keys()).hasSize(1);
					assertThat(Keys.leases(etcd)).isEqualTo(leases);
					ForkedApplication.within(Duration.ofMinutes(1)).pollDelay(Duration.ofMillis(200)).until(() -> true);
				}
				assertThat(lines(jumping)).isEqualTo(lines);
				long written = System.nanoTime();
				ForkedApplication.write(etcd, NAME, "at" + offset);
				ForkedApplication.within(Duration.ofSeconds(5)).until(() -> jumping.follows("at" + offset));
				assertThat(clockOf(jumping, "at" + offset)).isCloseTo(Instant.now().plusSeconds(Long.parseLong(offset)),
						within(5, ChronoUnit.MINUTES));
				report.add("clock jumps to " + offset + " s", "lease renewed, nothing refreshed",
						FaultReport.since(written), null, null);
			}
		}
	}

	/** Returns the time that the application logged. */
	private static Instant clockOf(ForkedApplication jumping, String text) {
		String line = jumping.process()
			.output()
			.lines()
			.filter((candidate) -> candidate.contains("environment=" + text + " "))
			.findFirst()
			.orElseThrow();
		return OffsetDateTime.parse(line.substring(0, line.indexOf(" "))).toInstant();
	}

	private static long lines(ForkedApplication jumping) {
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
