package io.github.etcdspring.client;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link BoundedReconnectLoadBalancer}.
 */
class BoundedReconnectLoadBalancerIntegrationTests {

	/** gRPC's own back-off would let the call wait for up to nine seconds more. */
	@Test
	void connectsSoonAfterALongOutage() {
		try (EtcdServer etcd = EtcdServer.start();
				TcpProxy proxy = TcpProxy.to(etcd.port());
				TestConnection connection = TestConnection.to("http://127.0.0.1:" + proxy.port())) {
			connection.put("key", "1");
			proxy.refuse();
			proxy.cut();
			await().pollDelay(Duration.ofSeconds(18)).atMost(Duration.ofSeconds(20)).until(() -> true);
			proxy.accept();
			long before = System.nanoTime();
			assertThat(connection.find("key").getValue()).hasToString("1");
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
		}
	}

}
