package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Slow, delayed and repeatedly interrupted connections between an application and etcd.
 */
class PoorNetworkFaultsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() {
		proxy = TcpProxy.to(etcd.port());
		application = MonitoredApplication.start(PoorNetworkFaultsIntegrationTests.class, () -> etcd,
				"http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		application.close();
		proxy.close();
	}

	@AfterEach
	void mend() {
		proxy.delay(Duration.ZERO);
		proxy.throttle(0);
	}

	@Test
	void connectionsResetContinuously() {
		FaultScenario scenario = application.scenario("connections reset every half second for 6 s");
		for (int i = 0; i < 12; i++) {
			proxy.cut();
			application.write();
			scenario.lasts(Duration.ofMillis(500));
		}
		scenario.assertRecovery();
	}

	@Test
	void highLatency() {
		FaultScenario scenario = application.scenario("300 ms in each direction");
		proxy.delay(Duration.ofMillis(300));
		int number = application.write();
		application.monitor().await(number);
		await().atMost(FaultScenario.RECOVERY_TIMEOUT)
			.until(() -> application.monitor().configuredAt() != 0 && application.monitor().discoveredAt() != 0);
		long renewals = application.renewals();
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> application.renewals() > renewals + 1);
		assertThat(application.lease().problem()).isNull();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void lowBandwidth() {
		FaultScenario scenario = application.scenario("20 kB a second, and 40 kB of configuration");
		proxy.throttle(20_000);
		etcd.etcdctl("put", "/config/application/large", "x".repeat(40_000));
		scenario.assertRecovery(Duration.ofSeconds(60));
		assertThat(application.context().getEnvironment().getProperty("large")).hasSize(40_000);
		etcd.etcdctl("del", "/config/application/large");
	}

	@Test
	void connectionResetDuringALargeResponse() {
		FaultScenario scenario = application.scenario("reset in the middle of a large answer");
		proxy.resetAfter(60_000);
		etcd.etcdctl("put", "/config/application/large", "x".repeat(100_000));
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> application.monitor().staleAt() != 0);
		scenario.assertRecovery();
		assertThat(application.context().getEnvironment().getProperty("large")).hasSize(100_000);
		etcd.etcdctl("del", "/config/application/large");
	}

}
