package io.github.etcdspring.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Recovery of an application that runs out of memory for some seconds, whichever threads
 * receive the {@link OutOfMemoryError}.
 */
class ApplicationHeapIntegrationTests {

	private static final String NAME = "hungry";

	private static final Pattern OVER = Pattern.compile("Memory is available again after (\\d+) errors");

	private static final FaultReport report = new FaultReport(ApplicationHeapIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void applicationRecoversFromOutOfMemory() throws IOException {
		try (ForkedApplication hungry = ForkedApplication.start(MemoryExhaustingApplication.class, etcd, NAME, Map.of(),
				List.of("-Xmx64m", "-XX:+UseSerialGC"))) {
			ForkedApplication.within(JavaProcess.START_TIMEOUT).until(hungry::isRegistered);
			// the JVM cannot use a class whose initialization has run out of memory
			awaitLastingRegistration(hungry);
			etcd.etcdctl("put", "/config/" + NAME + "/exhaustion/seconds", "8");
			int written = 0;
			long until = System.nanoTime() + Duration.ofSeconds(6).toNanos();
			while (System.nanoTime() < until) {
				ForkedApplication.write(etcd, NAME, "hungry-" + ++written);
				pause(Duration.ofMillis(200));
			}
			String last = "hungry-" + written;
			ForkedApplication.within(Duration.ofMinutes(1)).until(() -> OVER.matcher(hungry.process().output()).find());
			long over = System.nanoTime();
			Matcher errors = OVER.matcher(hungry.process().output());
			assertThat(errors.find()).isTrue();
			assertThat(Integer.parseInt(errors.group(1))).isPositive();
			// the last of the changes that arrived while there was no memory
			ForkedApplication.within(Duration.ofSeconds(15))
				.untilAsserted(() -> assertThat(hungry.follows(last)).as("%s in %s", last, hungry.process()).isTrue());
			Duration configuration = FaultReport.since(over);
			Duration ownKey = Duration.ofNanos(awaitLastingRegistration(hungry) - over);
			report.add("out of memory for 8 s", errors.group(1) + " OutOfMemoryErrors in request threads",
					configuration, null, ownKey);
		}
	}

	/**
	 * Wait until the key has existed for two TTLs under the same lease.
	 * @return since when it has existed
	 */
	private static long awaitLastingRegistration(ForkedApplication hungry) {
		long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
		long since = System.nanoTime();
		List<String> leases = List.of();
		while (System.nanoTime() - since < ForkedApplication.TTL.multipliedBy(2).toNanos()) {
			assertThat(System.nanoTime()).as("%s", hungry.process()).isLessThan(limit);
			List<String> now = Keys.leases(etcd);
			if (!hungry.isRegistered() || !now.equals(leases)) {
				leases = now;
				since = System.nanoTime();
			}
			pause(Duration.ofMillis(200));
		}
		return since;
	}

	private static void pause(Duration length) {
		ForkedApplication.within(Duration.ofMinutes(1)).pollDelay(length).until(() -> true);
	}

}
