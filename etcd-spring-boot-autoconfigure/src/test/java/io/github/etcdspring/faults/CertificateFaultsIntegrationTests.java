package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TestCertificates;
import io.github.etcdspring.testsupport.TestCertificates.Identity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Renewal of certificates in mounted files while the application runs.
 */
class CertificateFaultsIntegrationTests {

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	private static EtcdServer etcd;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() throws IOException {
		certificates = TestCertificates.create(directory.resolve("all"));
		mount(certificates, "alice");
		etcd = EtcdServer.builder().tls(certificates, true).start();
		String pem = "--spring.ssl.bundle.pem.etcd.";
		application = MonitoredApplication.start(CertificateFaultsIntegrationTests.class, () -> etcd, etcd.endpoint(),
				"--spring.cloud.etcd.ssl.bundle=etcd", "--spring.ssl.bundle.watch.file.quiet-period=100ms",
				pem + "reload-on-update=true", pem + "truststore.certificate=file:" + directory.resolve("ca.pem"),
				pem + "keystore.certificate=file:" + directory.resolve("certificate.pem"),
				pem + "keystore.private-key=file:" + directory.resolve("key.pem"));
	}

	@AfterAll
	static void stop() {
		application.close();
		etcd.close();
	}

	/** Provides the certificates of the application. */
	private static void mount(TestCertificates from, String user) throws IOException {
		Identity identity = from.client(user);
		copy(from.authority(), directory.resolve("ca.pem"));
		copy(identity.certificate(), directory.resolve("certificate.pem"));
		copy(identity.key(), directory.resolve("key.pem"));
	}

	private static void copy(Path from, Path to) throws IOException {
		Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
	}

	@Test
	void certificateAndAuthorityReplaced() throws IOException {
		FaultScenario renewed = application.scenario("certificate of the application renewed");
		mount(certificates, "bob");
		renewed.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
		FaultScenario another = application
			.scenario("every certificate replaced by one of another authority, etcd's 3 s later");
		TestCertificates next = certificates.untrusted();
		mount(next, "bob");
		another.lasts(Duration.ofSeconds(3));
		etcd.kill();
		copy(next.authority(), certificates.authority());
		copy(next.server().certificate(), certificates.server().certificate());
		copy(next.server().key(), certificates.server().key());
		copy(next.client("root").certificate(), certificates.client("root").certificate());
		copy(next.client("root").key(), certificates.client("root").key());
		etcd.restart();
		another.assertRecovery();
	}

}
