package io.github.etcdspring.faults;

import java.time.Duration;

import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Loss of the connection between an application and etcd, while others write.
 */
class NetworkFaultsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() {
		proxy = TcpProxy.to(etcd.port());
		application = MonitoredApplication.start(NetworkFaultsIntegrationTests.class, () -> etcd,
				"http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		application.close();
		proxy.close();
	}

	@AfterEach
	void mend() {
		proxy.blackhole(false);
		proxy.accept();
	}

	@Test
	void everyConnectionReset() {
		FaultScenario scenario = application.scenario("every connection reset");
		proxy.cut();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void partitionedForThreeTtls() {
		FaultScenario scenario = application.scenario("cut off for three times to live");
		proxy.refuse();
		proxy.cut();
		application.write();
		scenario.lasts(MonitoredApplication.TTL.multipliedBy(3));
		// G2: the expired lease tells connected callers that it is unreachable
		assertThat(Keys.of(etcd, "monitored")).isEmpty();
		assertThat(application.monitor().staleAt()).isPositive();
		proxy.accept();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isLessThan(Duration.ofSeconds(2));
	}

	@Test
	void everyByteHeldBackHalfOpen() {
		FaultScenario scenario = application.scenario("every byte held back for 10 s (half-open)");
		proxy.blackhole(true);
		application.write();
		scenario.lasts(Duration.ofSeconds(10));
		assertThat(application.monitor().staleAt()).isPositive();
		proxy.blackhole(false);
		scenario.assertRecovery();
	}

	@Test
	void establishedConnectionsDroppedSilently() {
		FaultScenario scenario = application.scenario("standing connections forgotten, as by a firewall");
		proxy.strand();
		scenario.assertRecovery();
	}

}
