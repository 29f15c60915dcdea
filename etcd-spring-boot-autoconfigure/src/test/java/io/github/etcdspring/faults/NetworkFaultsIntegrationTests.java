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
 * No byte comes through between an application and etcd, while others write.
 */
class NetworkFaultsIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static Witness witness;

	@BeforeAll
	static void start() {
		proxy = TcpProxy.to(etcd.port());
		witness = Witness.start(NetworkFaultsIntegrationTests.class, () -> etcd, "http://127.0.0.1:" + proxy.port());
	}

	@AfterAll
	static void stop() {
		witness.close();
		proxy.close();
	}

	@AfterEach
	void mend() {
		proxy.blackhole(false);
		proxy.accept();
	}

	@Test
	void everyConnectionReset() {
		Trial trial = witness.trial("every connection reset");
		proxy.cut();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void cutOffForThreeTimesToLive() {
		Trial trial = witness.trial("cut off for three times to live");
		proxy.refuse();
		proxy.cut();
		witness.write();
		trial.lasts(Witness.TTL.multipliedBy(3));
		// G2: whoever is connected knows that it cannot be reached by its lease
		assertThat(Keys.of(etcd, "witness")).isEmpty();
		assertThat(witness.callers().staleAt()).isPositive();
		proxy.accept();
		trial.over();
		assertThat(witness.callers().unlisted()).isLessThan(Duration.ofSeconds(2));
	}

	@Test
	void everyByteHeldBack() {
		Trial trial = witness.trial("every byte held back for 10 s (half-open)");
		proxy.blackhole(true);
		witness.write();
		trial.lasts(Duration.ofSeconds(10));
		assertThat(witness.callers().staleAt()).isPositive();
		proxy.blackhole(false);
		trial.over();
	}

	@Test
	void standingConnectionsForgotten() {
		Trial trial = witness.trial("standing connections forgotten, as by a firewall");
		proxy.strand();
		trial.over();
	}

}
