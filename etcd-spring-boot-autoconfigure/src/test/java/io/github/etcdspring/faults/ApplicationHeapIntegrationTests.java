package io.github.etcdspring.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that runs out of memory for some seconds is registered and follows its
 * configuration when it has some again, whichever thread it was that found none.
 */
class ApplicationHeapIntegrationTests {

	private static final String NAME = "hungry";

	private static final Pattern OVER = Pattern.compile("Hunger is over after (\\d+) errors");

	private static final Report report = new Report(ApplicationHeapIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	@Test
	void applicationIsBackWhenThereIsMemoryAgain() throws IOException {
		try (ApplicationFork hungry = ApplicationFork.start(ApplicationHunger.class, etcd, NAME, Map.of(),
				List.of("-Xmx64m", "-XX:+UseSerialGC"))) {
			ApplicationFork.within(Duration.ofMinutes(1)).until(hungry::isRegistered);
			// a class that runs out of memory at its first use is lost to the machine
			awaitLastingRegistration(hungry);
			etcd.etcdctl("put", "/config/" + NAME + "/hunger/seconds", "8");
			int written = 0;
			long until = System.nanoTime() + Duration.ofSeconds(6).toNanos();
			while (System.nanoTime() < until) {
				ApplicationFork.write(etcd, NAME, "hungry-" + ++written);
				pause(Duration.ofMillis(200));
			}
			String last = "hungry-" + written;
			ApplicationFork.within(Duration.ofMinutes(1)).until(() -> OVER.matcher(hungry.process().output()).find());
			long over = System.nanoTime();
			Matcher errors = OVER.matcher(hungry.process().output());
			assertThat(errors.find()).isTrue();
			assertThat(Integer.parseInt(errors.group(1))).isPositive();
			// the last one of those that came while there was no memory
			ApplicationFork.within(Duration.ofSeconds(15))
				.untilAsserted(() -> assertThat(hungry.follows(last)).as("%s in %s", last, hungry.process()).isTrue());
			Duration configuration = Report.since(over);
			Duration ownKey = Duration.ofNanos(awaitLastingRegistration(hungry) - over);
			report.add("out of memory for 8 s", errors.group(1) + " OutOfMemoryErrors in request threads",
					configuration, null, ownKey);
		}
	}

	/**
	 * Wait until the key has stood for two times to live under the same lease.
	 * @return since when it has
	 */
	private static long awaitLastingRegistration(ApplicationFork hungry) {
		long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
		long since = System.nanoTime();
		List<String> leases = List.of();
		while (System.nanoTime() - since < ApplicationFork.TTL.multipliedBy(2).toNanos()) {
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
		ApplicationFork.within(Duration.ofMinutes(1)).pollDelay(length).until(() -> true);
	}

}
