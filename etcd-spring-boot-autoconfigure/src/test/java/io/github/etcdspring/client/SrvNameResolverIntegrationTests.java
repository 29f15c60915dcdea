package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.github.etcdspring.testsupport.TestCertificates;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link SrvNameResolver}.
 */
@ExtendWith(OutputCaptureExtension.class)
class SrvNameResolverIntegrationTests {

	private static final ByteSequence KEY = ByteSequence.from("key", StandardCharsets.UTF_8);

	private static EtcdServer etcd;

	private final DnsServer dns = DnsServer.start();

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@AfterEach
	void stopDns() {
		this.dns.close();
	}

	@Test
	void connectsToTheMembersOfADomain() {
		TcpProxy dead = TcpProxy.to(etcd.port());
		dead.close();
		this.dns.put("_etcd-client._tcp.example.com", dead.port(), etcd.port());
		assertConnects("dns+srv://" + this.dns.address() + "/example.com");
	}

	@Test
	void connectsToTheMembersOfAName() {
		this.dns.put("_etcd-client-blue._tcp.example.com", etcd.port());
		assertConnects("dns+srv://" + this.dns.address() + "/_etcd-client-blue._tcp.example.com");
	}

	private static void assertConnects(String target) {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), "target=" + target)) {
			connection.put("key", "1");
			assertThat(connection.find("key").getValue()).hasToString("1");
		}
	}

	@Test
	void checksCertificatesAgainstTheDomain(@TempDir Path directory) {
		assertThat(encrypted(TestCertificates.create(directory.resolve("right"), "example.com"))).isEmpty();
		assertThat(encrypted(TestCertificates.create(directory.resolve("wrong")))).contains("certificate");
	}

	private String encrypted(TestCertificates certificates) {
		try (EtcdServer encrypted = EtcdServer.builder().tls(certificates, false).start()) {
			this.dns.put("_etcd-client-ssl._tcp.example.com", encrypted.port());
			return problem("example.com", "ssl.bundle=etcd",
					"spring.ssl.bundle.pem.etcd.truststore.certificate=file:" + certificates.authority());
		}
	}

	@Test
	void reportsMissingRecords(CapturedOutput output) {
		assertThat(problem("example.com")).contains("no SRV records found for _etcd-client._tcp.example.com",
				"spring.cloud.etcd.target");
		assertThat(output).doesNotContain("\tat ");
	}

	private String problem(String domain, String... properties) {
		String[] all = new String[properties.length + 1];
		System.arraycopy(properties, 0, all, 0, properties.length);
		all[properties.length] = "target=dns+srv://" + this.dns.address() + "/" + domain;
		try (TestConnection connection = TestConnection.to(etcd.endpoint(), all)) {
			EtcdConnection client = connection.get();
			EtcdRequestException failure = catchThrowableOfType(EtcdRequestException.class,
					() -> client.call(() -> client.client().getKVClient().get(KEY), Duration.ofSeconds(3)));
			return (failure != null) ? client.explain(failure).text() : "";
		}
	}

	@Test
	void connectsOnceTheRecordsExist() {
		try (TestConnection connection = TestConnection.to(etcd.endpoint(),
				"target=dns+srv://" + this.dns.address() + "/example.com")) {
			EtcdConnection client = connection.get();
			assertThat(catchThrowableOfType(EtcdRequestException.class,
					() -> client.call(() -> client.client().getKVClient().get(KEY), Duration.ofSeconds(1))))
				.isNotNull();
			this.dns.put("_etcd-client._tcp.example.com", etcd.port());
			await().atMost(Duration.ofSeconds(10))
				.ignoreExceptions()
				.untilAsserted(() -> client.call(() -> client.client().getKVClient().get(KEY), Duration.ofSeconds(1)));
		}
	}

}
