package io.github.etcdspring.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TestCertificates;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link RenewableClient}.
 */
class RenewableClientIntegrationTests {

	private static EtcdServer etcd;

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	@BeforeAll
	static void startEtcd() {
		certificates = TestCertificates.create(directory.resolve("all"));
		etcd = EtcdServer.builder().tls(certificates, true).start();
		etcd.etcdctl("user", "add", "root", "--no-password");
		for (String user : new String[] { "alice", "bob" }) {
			etcd.etcdctl("user", "add", user, "--no-password");
			etcd.etcdctl("role", "add", user);
			etcd.etcdctl("role", "grant-permission", user, "--prefix=true", "readwrite", "/" + user);
			etcd.etcdctl("role", "grant-permission", user, "--prefix=true", "readwrite", "/all");
			etcd.etcdctl("user", "grant-role", user, user);
		}
		etcd.etcdctl("auth", "enable");
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@BeforeEach
	void useCertificateOfAlice() {
		use(certificates.client("alice"));
	}

	@Test
	void reconnectsWhenTheCertificateIsRenewed() {
		try (TestConnection connection = connect();
				Mirror mirror = new Mirror(connection.get(), List.of(KeyRange.prefix("/all")), "test",
						(snapshot, changed) -> {
						});
				LeaseSession session = new LeaseSession(connection.get(), Duration.ofSeconds(10))) {
			mirror.start();
			session.put("/all/session", "1").join();
			connection.put("/alice", "1");
			assertThatException().isThrownBy(() -> connection.put("/bob", "1"));
			long lease = session.status().lease();
			use(certificates.client("bob"));
			within(10).ignoreExceptions().until(() -> {
				connection.put("/bob", "1");
				return true;
			});
			connection.put("/all/key", "1");
			within(3).until(() -> mirror.report().entries() == 2);
			connection.delete("/all/session");
			within(3).until(() -> connection.find("/all/session") != null);
			assertThat(session.status().lease()).isEqualTo(lease);
			assertThat(mirror.lists()).isEqualTo(1);
		}
	}

	@Test
	void keepsTheClientIfTheRenewedCertificateIsInvalid() throws IOException {
		try (TestConnection connection = connect()) {
			connection.put("/alice", "1");
			Files.writeString(directory.resolve("certificate.pem"), "nonsense");
			await().during(Duration.ofSeconds(2)).until(() -> {
				connection.put("/alice", "2");
				return true;
			});
		}
	}

	@Test
	void staysClosedWhenTheCertificateIsRenewedLater() {
		TestConnection connection = connect();
		RenewableClient client = (RenewableClient) connection.client();
		ByteSequence key = ByteSequence.from("/alice", StandardCharsets.UTF_8);
		assertThat(client.getKVClient().get(key)).succeedsWithin(Duration.ofSeconds(5));
		connection.close();
		client.renew("certificate");
		assertThat(client.getKVClient().get(key)).failsWithin(Duration.ofSeconds(1));
	}

	private static TestConnection connect() {
		String pem = "spring.ssl.bundle.pem.etcd.";
		return TestConnection.to(etcd.endpoint(), "ssl.bundle=etcd", "spring.ssl.bundle.watch.file.quiet-period=100ms",
				pem + "reload-on-update=true", pem + "truststore.certificate=file:" + certificates.authority(),
				pem + "keystore.certificate=file:" + directory.resolve("certificate.pem"),
				pem + "keystore.private-key=file:" + directory.resolve("key.pem"));
	}

	private static void use(TestCertificates.Identity identity) {
		try {
			Files.copy(identity.certificate(), directory.resolve("certificate.pem"),
					StandardCopyOption.REPLACE_EXISTING);
			Files.copy(identity.key(), directory.resolve("key.pem"), StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(50));
	}

}
