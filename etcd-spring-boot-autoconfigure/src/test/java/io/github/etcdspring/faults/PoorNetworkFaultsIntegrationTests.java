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
 * Few bytes, late ones or only some come through between an application and etcd.
 */
class PoorNetworkFaultsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static Witness witness;

	@BeforeAll
	static void start() {
		proxy = TcpProxy.to(etcd.port());
		witness = Witness.start(PoorNetworkFaultsIntegrationTests.class, () -> etcd,
				"http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		witness.close();
		proxy.close();
	}

	@AfterEach
	void mend() {
		proxy.delay(Duration.ZERO);
		proxy.throttle(0);
	}

	@Test
	void resetAllTheTime() {
		Trial trial = witness.trial("connections reset every half second for 6 s");
		for (int i = 0; i < 12; i++) {
			proxy.cut();
			witness.write();
			trial.lasts(Duration.ofMillis(500));
		}
		trial.over();
	}

	@Test
	void slow() {
		Trial trial = witness.trial("300 ms in each direction");
		proxy.delay(Duration.ofMillis(300));
		int number = witness.write();
		witness.callers().await(number);
		await().atMost(Trial.LIMIT)
			.until(() -> witness.callers().configuredAt() != 0 && witness.callers().discoveredAt() != 0);
		long renewals = witness.renewals();
		await().atMost(Trial.LIMIT).until(() -> witness.renewals() > renewals + 1);
		assertThat(witness.lease().problem()).isNull();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void narrow() {
		Trial trial = witness.trial("20 kB a second, and 40 kB of configuration");
		proxy.throttle(20_000);
		etcd.etcdctl("put", "/config/application/large", "x".repeat(40_000));
		trial.over(Duration.ofSeconds(60));
		assertThat(witness.context().getEnvironment().getProperty("large")).hasSize(40_000);
		etcd.etcdctl("del", "/config/application/large");
	}

	@Test
	void resetInTheMiddleOfALargeAnswer() {
		Trial trial = witness.trial("reset in the middle of a large answer");
		proxy.resetAfter(60_000);
		etcd.etcdctl("put", "/config/application/large", "x".repeat(100_000));
		await().atMost(Trial.LIMIT).until(() -> witness.callers().staleAt() != 0);
		trial.over();
		assertThat(witness.context().getEnvironment().getProperty("large")).hasSize(100_000);
		etcd.etcdctl("del", "/config/application/large");
	}

}
