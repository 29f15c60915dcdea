package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A certificate authority that issues a server certificate for the loopback address and
 * client certificates on demand, as PEM files valid for 30 days.
 */
public final class TestCertificates {

	private static final String PASSWORD = "changeit";

	private static final String AUTHORITY = "ca";

	private static final String SERVER = "server";

	private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

	private final Path directory;

	private final Path keyStore;

	private @Nullable TestCertificates untrusted;

	private TestCertificates(Path directory) {
		this.directory = directory;
		this.keyStore = directory.resolve("keys.p12");
	}

	/**
	 * Creates an authority and a server certificate for {@code 127.0.0.1} and
	 * {@code localhost}.
	 * @param directory the directory of the files
	 * @param serverNames additional names or addresses of the server
	 * @return the certificates
	 */
	public static TestCertificates create(Path directory, String... serverNames) {
		try {
			TestCertificates certificates = new TestCertificates(Files.createDirectories(directory));
			certificates.create(AUTHORITY, "etcd-test-ca", List.of(), "bc:c", "ku:c=keyCertSign,cRLSign");
			// Also for clients: etcd's JSON gateway presents it to its own server.
			certificates.createSigned(SERVER, SERVER, "eku=serverAuth,clientAuth", alternativeNames(serverNames));
			return certificates;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the directory of the files.
	 * @return the directory
	 */
	public Path directory() {
		return this.directory;
	}

	/**
	 * Returns the authority's certificate.
	 * @return a PEM file
	 */
	public Path authority() {
		return identity(AUTHORITY).certificate();
	}

	/**
	 * Returns the server's certificate and key.
	 * @return the files
	 */
	public Identity server() {
		return identity(SERVER);
	}

	/**
	 * Returns the certificate and key of a user, created on first use.
	 * @param user the user, used as the common name of the certificate
	 * @return the files
	 */
	public synchronized Identity client(String user) {
		Identity identity = identity("client-" + user);
		if (!Files.exists(identity.key())) {
			createSigned("client-" + user, user, "eku=clientAuth");
		}
		return identity;
	}

	/**
	 * Returns certificates of another authority, which no server trusts, created on first
	 * use.
	 * @return the other certificates
	 */
	public synchronized TestCertificates untrusted() {
		TestCertificates untrusted = this.untrusted;
		if (untrusted == null) {
			untrusted = create(this.directory.resolve("untrusted"));
			this.untrusted = untrusted;
		}
		return untrusted;
	}

	private void createSigned(String alias, String commonName, String... extensions) {
		create(alias, commonName, List.of("-signer", AUTHORITY), extensions);
	}

	private void create(String alias, String commonName, List<String> signer, String... extensions) {
		List<String> line = new ArrayList<>();
		line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
		// Too short-lived for the C2 compiler to pay off.
		line.add("-J-XX:TieredStopAtLevel=1");
		line.addAll(List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"));
		line.addAll(List.of("-keystore", this.keyStore.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
		line.addAll(List.of("-alias", alias, "-dname", "CN=" + commonName));
		line.addAll(signer);
		for (String extension : extensions) {
			line.addAll(List.of("-ext", extension));
		}
		new Command(line).run();
		write(alias);
	}

	private void write(String alias) {
		try (InputStream input = Files.newInputStream(this.keyStore)) {
			KeyStore keys = KeyStore.getInstance("PKCS12");
			keys.load(input, PASSWORD.toCharArray());
			Identity identity = identity(alias);
			Files.writeString(identity.certificate(), pem("CERTIFICATE", keys.getCertificate(alias).getEncoded()));
			Files.writeString(identity.key(),
					pem("PRIVATE KEY", keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Cannot read the key of " + alias, ex);
		}
	}

	private Identity identity(String alias) {
		return new Identity(this.directory.resolve(alias + ".pem"), this.directory.resolve(alias + "-key.pem"));
	}

	private static String alternativeNames(String... serverNames) {
		Stream<String> names = Stream.concat(Stream.of("127.0.0.1", "localhost"), Stream.of(serverNames));
		return "san=" + names.map((name) -> (ADDRESS.matcher(name).matches() ? "ip:" : "dns:") + name)
			.collect(Collectors.joining(","));
	}

	private static String pem(String type, byte[] content) {
		String text = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(content);
		return "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n";
	}

	/**
	 * A certificate and its key.
	 *
	 * @param certificate a PEM file
	 * @param key a PEM file with the unencrypted key in PKCS#8
	 */
	public record Identity(Path certificate, Path key) {

	}

}
