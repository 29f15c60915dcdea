package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link EtcdServer} with {@link TestCertificates}.
 */
class EtcdTlsIntegrationTests {

	private static final String SHORT_TIMEOUT = "--command-timeout=500ms";

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	@BeforeAll
	static void createCertificates() {
		certificates = TestCertificates.create(directory);
	}

	@Test
	void tlsWithServerCertificate() {
		try (EtcdServer server = EtcdServer.builder().tls(certificates, false).start()) {
			assertThat(server.endpoint()).isEqualTo("https://127.0.0.1:" + server.port());
			server.etcdctl("put", "key", "value");
			assertThat(server.etcdctl("get", "key")).contains("value");
			assertThatExceptionOfType(CommandException.class).isThrownBy(() -> server.etcdctl("get", "key",
					SHORT_TIMEOUT, "--cacert=" + certificates.untrusted().authority()));
		}
	}

	@Test
	void mutualTlsRejectsClientsWithoutTrustedCertificate() throws IOException {
		try (EtcdServer server = EtcdServer.builder().tls(certificates, true).start()) {
			server.etcdctl("put", "key", "value");
			assertThat(server.etcdctl("get", "key")).contains("value");
			Command withoutCertificate = new Command(EtcdBinary.locate().etcdctl().toString(), "get", "key",
					SHORT_TIMEOUT, "--endpoints=" + server.endpoint(), "--cacert=" + certificates.authority());
			assertThatExceptionOfType(CommandException.class).isThrownBy(withoutCertificate::run);
			assertThat(Files.readString(server.log())).contains("client didn't provide a certificate");
			TestCertificates.Identity stranger = certificates.untrusted().client("root");
			assertThatExceptionOfType(CommandException.class).isThrownBy(() -> server.etcdctl("get", "key",
					SHORT_TIMEOUT, "--cert=" + stranger.certificate(), "--key=" + stranger.key()));
			assertThat(Files.readString(server.log())).contains("certificate signed by unknown authority");
		}
	}

	@Test
	void authenticatesByCommonName() {
		try (EtcdServer server = EtcdServer.builder().tls(certificates, true).start()) {
			server.etcdctl("user", "add", "root", "--no-password");
			server.etcdctl("user", "add", "alice", "--no-password");
			server.etcdctl("auth", "enable");
			server.etcdctl("put", "key", "value");
			TestCertificates.Identity alice = certificates.client("alice");
			assertThatExceptionOfType(CommandException.class)
				.isThrownBy(() -> server.etcdctl("get", "key", "--cert=" + alice.certificate(), "--key=" + alice.key()))
				.withMessageContaining("permission denied");
		}
	}

}
