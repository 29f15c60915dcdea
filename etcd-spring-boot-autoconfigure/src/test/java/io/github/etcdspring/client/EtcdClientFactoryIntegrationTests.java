package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.github.etcdspring.testsupport.TestCertificates;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdClientFactory}.
 */
class EtcdClientFactoryIntegrationTests {

	private static EtcdServer etcd;

	private static EtcdServer encrypted;

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
		certificates = TestCertificates.create(directory, "etcd.example");
		encrypted = EtcdServer.builder().tls(certificates, true).start();
		encrypted.etcdctl("user", "add", "root", "--no-password");
		encrypted.etcdctl("user", "add", "alice", "--no-password");
		encrypted.etcdctl("role", "add", "writer");
		encrypted.etcdctl("role", "grant-permission", "writer", "readwrite", "alice");
		encrypted.etcdctl("user", "grant-role", "alice", "writer");
		encrypted.etcdctl("auth", "enable");
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
		encrypted.close();
	}

	@Test
	void certificateOfTheBundleIsTheUser() {
		try (TestConnection connection = TestConnection.to(encrypted.endpoint(), bundle())) {
			connection.put("alice", "1");
			assertThat(connection.find("alice").getValue()).hasToString("1");
		}
	}

	@Test
	void authorityIsTheNameInTheCertificate() {
		try (TestConnection connection = TestConnection.to(List.of(encrypted.endpoint()),
				bundle("authority=etcd.example"))) {
			connection.put("alice", "2");
			assertThat(connection.find("alice").getValue()).hasToString("2");
		}
	}

	@Test
	void targetIsEncryptedThroughTheBundle() {
		try (TestConnection connection = TestConnection.to(encrypted.endpoint(),
				bundle("target=dns:///localhost:" + encrypted.port()))) {
			connection.put("alice", "3");
			assertThat(connection.find("alice").getValue()).hasToString("3");
		}
	}

	@Test
	void bundleMayRestrictTheProtocol() {
		try (TestConnection connection = TestConnection.to(encrypted.endpoint(),
				bundle("spring.ssl.bundle.pem.etcd.options.enabled-protocols=TLSv1.2",
						"spring.ssl.bundle.pem.etcd.options.ciphers=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))) {
			connection.put("alice", "4");
			assertThat(connection.find("alice").getValue()).hasToString("4");
		}
	}

	@Test
	void namespaceIsPutBeforeEachKey() {
		try (TestConnection whole = TestConnection.to(etcd.endpoint());
				TestConnection team = TestConnection.to(etcd.endpoint(), "namespace=/team")) {
			team.put("/key", "1");
			assertThat(whole.find("/team/key").getValue()).hasToString("1");
			whole.put("/other", "1");
			assertThat(team.find("/other")).isNull();
		}
	}

	@Test
	void deadMembersAreLeftOut() {
		TcpProxy dead = TcpProxy.to(etcd.port());
		dead.close();
		try (TestConnection connection = TestConnection
			.to(List.of("http://127.0.0.1:" + dead.port(), etcd.endpoint(), "http://no-such-host.invalid:2379"))) {
			connection.put("key", "0");
			long before = System.nanoTime();
			for (int i = 1; i <= 20; i++) {
				connection.put("key", "" + i);
			}
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
			assertThat(connection.find("key").getValue()).hasToString("20");
		}
	}

	@Test
	void customizerCanChangeWhatIsSent() {
		try (TestConnection whole = TestConnection.to(etcd.endpoint());
				TestConnection custom = TestConnection.to(etcd.endpoint(),
						(builder) -> builder.namespace(ByteSequence.from("/custom", StandardCharsets.UTF_8)),
						"namespace=/team")) {
			custom.put("/key", "1");
			assertThat(whole.find("/custom/key").getValue()).hasToString("1");
		}
	}

	@Test
	void leavesNoThreadBehind() {
		Set<Thread> before = threads();
		try (TestConnection connection = TestConnection.to(etcd.endpoint())) {
			connection.put("key", "1");
			assertThat(threads()).anyMatch((thread) -> !before.contains(thread));
		}
		await().atMost(Duration.ofSeconds(5)).until(() -> before.containsAll(threads()));
	}

	private static Set<Thread> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().matches("(jetcd|vert\\.x|etcd).*"))
			.collect(Collectors.toSet());
	}

	private static String[] bundle(String... more) {
		TestCertificates.Identity alice = certificates.client("alice");
		String pem = "spring.ssl.bundle.pem.etcd.";
		String[] bundle = { "ssl.bundle=etcd", pem + "truststore.certificate=file:" + certificates.authority(),
				pem + "keystore.certificate=file:" + alice.certificate(),
				pem + "keystore.private-key=file:" + alice.key() };
		return StringUtils.concatenateStringArrays(bundle, more);
	}

}
