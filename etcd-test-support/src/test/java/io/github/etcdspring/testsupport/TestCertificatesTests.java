package io.github.etcdspring.testsupport;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link TestCertificates}.
 */
class TestCertificatesTests {

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	@BeforeAll
	static void create() {
		certificates = TestCertificates.create(directory, "etcd.example", "10.0.0.7");
	}

	@Test
	void serverIsSignedForItsNamesAndAddresses() throws Exception {
		X509Certificate server = certificate(certificates.server().certificate());
		server.verify(certificate(certificates.authority()).getPublicKey());
		assertThat(server.getSubjectAlternativeNames()).<Object>extracting((name) -> name.get(1))
			.containsExactlyInAnyOrder("127.0.0.1", "localhost", "etcd.example", "10.0.0.7");
	}

	@Test
	void clientIsSignedWithItsNameAndStaysTheSame() throws Exception {
		Path file = certificates.client("alice").certificate();
		X509Certificate alice = certificate(file);
		alice.verify(certificate(certificates.authority()).getPublicKey());
		assertThat(alice.getSubjectX500Principal().getName()).isEqualTo("CN=alice");
		assertThat(certificate(certificates.client("alice").certificate())).isEqualTo(alice);
	}

	@Test
	void validForSomeDays() throws Exception {
		X509Certificate server = certificate(certificates.server().certificate());
		server.checkValidity();
		server.checkValidity(Date.from(Instant.now().plus(20, ChronoUnit.DAYS)));
	}

	@Test
	void keyIsAnUnencryptedPkcs8KeyOfTheCertificate() throws Exception {
		List<String> lines = Files.readAllLines(certificates.server().key());
		assertThat(lines).startsWith("-----BEGIN PRIVATE KEY-----").endsWith("-----END PRIVATE KEY-----");
		byte[] encoded = Base64.getDecoder().decode(String.join("", lines.subList(1, lines.size() - 1)));
		ECPrivateKey key = (ECPrivateKey) KeyFactory.getInstance("EC")
			.generatePrivate(new PKCS8EncodedKeySpec(encoded));
		ECPublicKey publicKey = (ECPublicKey) certificate(certificates.server().certificate()).getPublicKey();
		assertThat(key.getParams().getCurve()).isEqualTo(publicKey.getParams().getCurve());
	}

	@Test
	void untrustedAuthorityIsAnother() throws Exception {
		X509Certificate stranger = certificate(certificates.untrusted().client("alice").certificate());
		assertThat(certificates.untrusted()).isSameAs(certificates.untrusted());
		assertThatExceptionOfType(SignatureException.class)
			.isThrownBy(() -> stranger.verify(certificate(certificates.authority()).getPublicKey()));
	}

	private static X509Certificate certificate(Path file) throws Exception {
		try (InputStream input = Files.newInputStream(file)) {
			return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(input);
		}
	}

}
