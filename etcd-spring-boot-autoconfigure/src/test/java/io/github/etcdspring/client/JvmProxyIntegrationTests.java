package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Integration tests for a JVM with a proxy that refuses all connections.
 */
class JvmProxyIntegrationTests {

	private static EtcdServer etcd;

	private final Map<String, String> former = new HashMap<>();

	private int proxy;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@BeforeEach
	void setProxy() {
		TcpProxy closed = TcpProxy.to(etcd.port());
		closed.close();
		this.proxy = closed.port();
		set("https.proxyHost", "127.0.0.1");
		set("https.proxyPort", String.valueOf(this.proxy));
	}

	@AfterEach
	void restore() {
		this.former.forEach((name, value) -> {
			if (value != null) {
				System.setProperty(name, value);
			}
			else {
				System.clearProperty(name);
			}
		});
	}

	private void set(String name, String value) {
		this.former.putIfAbsent(name, System.setProperty(name, value));
	}

	@ParameterizedTest
	@ValueSource(strings = { "endpoints=http://localhost:%1$s", "endpoints=http://localhost:%1$s,http://127.0.0.1:%1$s",
			"target=ip:///localhost:%1$s" })
	void endpointsDoNotUseTheProxy(String property) {
		set("http.nonProxyHosts", "");
		assertConnects(property);
	}

	@ParameterizedTest
	@ValueSource(strings = { "target=dns:///localhost:%1$s", "target=localhost:%1$s" })
	void targetOnLocalhostDoesNotUseTheProxy(String property) {
		assertConnects(property);
	}

	private static void assertConnects(String property) {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), property.formatted(etcd.port()))) {
			connection.put("key", "1");
			assertThat(connection.find("key").getValue()).hasToString("1");
		}
	}

	@Test
	void reportsAProxyThatCannotConnect() {
		assertThat(explain("dns:///etcd.internal:2379")).startsWith("dns:///etcd.internal:2379: ")
			.contains("the JVM proxy 127.0.0.1:" + this.proxy, "-Dhttp.nonProxyHosts=etcd.internal",
					"spring.cloud.etcd.endpoints");
	}

	@Test
	void connectsDirectlyToNonProxyHosts() {
		set("http.nonProxyHosts", "*.invalid");
		assertThat(explain("dns:///etcd.invalid:2379")).doesNotContain("proxy").contains("unknown host");
	}

	private static String explain(String target) {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "target=" + target)) {
			EtcdConnection client = connection.get();
			ByteSequence key = ByteSequence.from("key", StandardCharsets.UTF_8);
			EtcdRequestException failure = catchThrowableOfType(EtcdRequestException.class,
					() -> client.call(() -> client.client().getKVClient().get(key), Duration.ofSeconds(1)));
			return client.explain(failure).text();
		}
	}

}
