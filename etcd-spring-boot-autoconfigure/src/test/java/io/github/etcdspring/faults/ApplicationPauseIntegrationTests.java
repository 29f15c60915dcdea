package io.github.etcdspring.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that is suspended, as by a garbage collection pause or a suspended virtual
 * machine, is not called meanwhile, and recovers without a restart.
 */
class ApplicationPauseIntegrationTests {

	private static final String NAME = "paused";

	private static final FaultReport report = new FaultReport(ApplicationPauseIntegrationTests.class);

	@SharedEtcd
	private static EtcdServer etcd;

	private static ConfigurableApplicationContext caller;

	private static ForkedApplication paused;

	@BeforeAll
	static void start() {
		caller = Applications.client(etcd);
		paused = ForkedApplication.start(etcd, NAME, Map.of(), List.of());
	}

	@AfterAll
	static void stop() throws IOException {
		paused.close();
		caller.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void pausedProcessExpiresWithItsTtlAndRegistersAgain(boolean compacted) {
		DiscoveryClient client = caller.getBean(DiscoveryClient.class);
		ForkedApplication.within(JavaProcess.START_TIMEOUT).until(() -> client.getInstances(NAME).size() == 1);
		String last = "last-" + compacted;
		paused.process().signal("STOP");
		long stopped = System.nanoTime();
		ForkedApplication.within(ForkedApplication.TTL.plusSeconds(1)).until(() -> client.getInstances(NAME).isEmpty());
		Duration gone = FaultReport.since(stopped);
		assertThat(gone).isGreaterThan(ForkedApplication.TTL.dividedBy(3));
		for (int i = 0; i < 20; i++) {
			ForkedApplication.write(etcd, NAME, "text-" + i);
		}
		ForkedApplication.write(etcd, NAME, last);
		if (compacted) {
			etcd.etcdctl("compact", Long.toString(etcd.revision()));
		}
		paused.process().signal("CONT");
		long resumed = System.nanoTime();
		ForkedApplication.within(Duration.ofSeconds(10)).until(paused::isRegistered);
		Duration ownKey = FaultReport.since(resumed);
		ForkedApplication.within(Duration.ofSeconds(10)).until(() -> client.getInstances(NAME).size() == 1);
		Duration instance = FaultReport.since(resumed);
		ForkedApplication.within(Duration.ofSeconds(10)).until(() -> paused.follows(last));
		report.add("process paused beyond its TTL" + ((compacted) ? ", etcd compacted meanwhile" : ""),
				"gone after " + FaultReport.seconds(gone) + " s (TTL 3 s)", FaultReport.since(resumed), instance,
				ownKey);
		assertThat(paused.process().output()).containsOnlyOnce("Started FollowingApplication");
	}

}
