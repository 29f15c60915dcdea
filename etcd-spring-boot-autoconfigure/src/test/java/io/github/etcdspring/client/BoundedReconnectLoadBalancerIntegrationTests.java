package io.github.etcdspring.client;

import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link BoundedReconnectLoadBalancer}.
 */
class BoundedReconnectLoadBalancerIntegrationTests {

	/** With gRPC's own back-off, the call would wait for up to nine more seconds. */
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

	@Test
	void doesNotAbandonAHandshakeThatHasJustBegun() {
		try (EtcdServer etcd = EtcdServer.start();
				TcpProxy proxy = TcpProxy.to(etcd.port());
				TestConnection connection = TestConnection.to("http://127.0.0.1:" + proxy.port())) {
			connection.put("key", "1");
			int accepted = proxy.accepted();
			proxy.refuse();
			proxy.cut();
			proxy.blackhole(true);
			await().pollDelay(Duration.ofMillis(700)).until(() -> true);
			proxy.accept();
			// the second attempt of gRPC, about a second after the first
			await().pollInterval(Duration.ofMillis(10)).until(() -> proxy.accepted() == accepted + 1);
			await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
			proxy.blackhole(false);
			assertThat(connection.find("key").getValue()).hasToString("1");
			assertThat(proxy.accepted()).isEqualTo(accepted + 1);
		}
	}

	/** gRPC's keep-alive would detect it after 13 seconds. */
	@Test
	void replacesDeadConnections() {
		try (EtcdServer etcd = EtcdServer.start();
				TcpProxy proxy = TcpProxy.to(etcd.port());
				TestConnection connection = TestConnection.to("http://127.0.0.1:" + proxy.port(),
						"request-timeout=1s")) {
			connection.put("key", "1");
			proxy.strand();
			long before = System.nanoTime();
			await().ignoreExceptions()
				.atMost(Duration.ofSeconds(20))
				.until(() -> connection.find("key").getValue().toString().equals("1"));
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(Duration.ofSeconds(1),
					Duration.ofSeconds(8));
		}
	}

	@Test
	void keepsConnectionsWhileEtcdHangs() {
		try (EtcdServer etcd = EtcdServer.start();
				TcpProxy proxy = TcpProxy.to(etcd.port());
				TestConnection connection = TestConnection.to("http://127.0.0.1:" + proxy.port(),
						"request-timeout=1s")) {
			connection.put("key", "1");
			etcd.freeze();
			for (int i = 0; i < 3; i++) {
				assertThatException().isThrownBy(() -> connection.find("key"));
			}
			// the existing connection, and one that waits for the handshake of etcd
			assertThat(proxy.connections()).isEqualTo(2);
			etcd.thaw();
			await().ignoreExceptions()
				.atMost(Duration.ofSeconds(5))
				.until(() -> connection.find("key").getValue().toString().equals("1"));
		}
	}

}
