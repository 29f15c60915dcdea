package io.github.etcdspring.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.sun.net.httpserver.HttpServer;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.github.etcdspring.testsupport.TestCertificates;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Integration tests for {@link EndpointDiagnosis}.
 */
class EndpointDiagnosisIntegrationTests {

	private static final String SECRET = "s3cret";

	private static EtcdServer etcd;

	private static EtcdServer locked;

	private static EtcdServer encrypted;

	@TempDir
	private static Path directory;

	private static TestCertificates certificates;

	private final List<AutoCloseable> opened = new ArrayList<>();

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
		locked = EtcdServer.start();
		locked.enableAuthentication(SECRET);
		locked.etcdctl("user", "add", "alice:" + SECRET);
		certificates = TestCertificates.create(directory);
		encrypted = EtcdServer.builder().tls(certificates, true).start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
		locked.close();
		encrypted.close();
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
	}

	@Test
	void connectionIsRefused() {
		String endpoint = refusing();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": connection refused")
			.contains("Start etcd", "spring.cloud.etcd.endpoints");
	}

	@Test
	void hostDoesNotResolve() {
		assertThat(explain(List.of("http://no-such-host.invalid:2379")))
			.startsWith("http://no-such-host.invalid:2379: unknown host")
			.contains("spring.cloud.etcd.endpoints");
	}

	@Test
	void endpointDoesNotAnswer() {
		String endpoint = hanging();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": accepts the connection, but does not answer")
			.contains("healthy");
	}

	@Test
	void serverSpeaksHttpOnly() throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.start();
		this.opened.add(() -> server.stop(0));
		String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": not an etcd server").contains("2379");
	}

	@Test
	void serverSpeaksGrpcButIsNotEtcd() throws IOException {
		Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).build().start();
		this.opened.add(server::shutdownNow);
		String endpoint = "http://127.0.0.1:" + server.getPort();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": not an etcd server").contains("2379");
	}

	@Test
	void endpointRequiresTls() {
		String endpoint = "http://127.0.0.1:" + encrypted.port();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": closes the connection").contains("https");
	}

	@Test
	void endpointDoesNotUseTls() {
		String endpoint = "https://127.0.0.1:" + etcd.port();
		assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": closes the connection")
			.contains("TLS handshake", "change the endpoint to http");
	}

	@Test
	void endpointResetsTheTlsHandshake() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			Thread resetting = new Thread(() -> reset(server), "resetting");
			resetting.setDaemon(true);
			resetting.start();
			String endpoint = "https://127.0.0.1:" + server.getLocalPort();
			assertThat(explain(List.of(endpoint))).startsWith(endpoint + ": closes the connection")
				.contains("TLS handshake", "change the endpoint to http");
		}
	}

	private static void reset(ServerSocket server) {
		try {
			while (!server.isClosed()) {
				try (Socket socket = server.accept()) {
					// a close after a complete read does not send a reset
					socket.getInputStream().read();
					socket.setSoLinger(true, 0);
				}
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	@Test
	void certificateIsNotTrusted() {
		assertThat(explain(List.of(encrypted.endpoint())))
			.startsWith(encrypted.endpoint() + ": server certificate not trusted")
			.contains("spring.cloud.etcd.ssl.bundle");
	}

	@Test
	void certificateIsForAnotherHost() {
		assertThat(
				explain(List.of(encrypted.endpoint()), bundle(certificates.client("alice"), "authority=etcd.example")))
			.startsWith(encrypted.endpoint() + ": server certificate does not match the host")
			.contains("spring.cloud.etcd.authority");
	}

	@Test
	void clientCertificateIsMissing() {
		assertThat(explain(List.of(encrypted.endpoint()), bundle(null)))
			.startsWith(encrypted.endpoint() + ": client certificate rejected or missing")
			.contains("spring.cloud.etcd.ssl.bundle");
	}

	@Test
	void clientCertificateIsNotTrusted() {
		assertThat(explain(List.of(encrypted.endpoint()), bundle(certificates.untrusted().client("alice"))))
			.startsWith(encrypted.endpoint() + ": client certificate rejected")
			.contains("spring.cloud.etcd.ssl.bundle");
	}

	@Test
	void passwordIsWrong() {
		assertThat(explain(List.of(locked.endpoint()), "username=root", "password=" + SECRET + "2"))
			.startsWith(locked.endpoint() + ": invalid user name or password")
			.contains("spring.cloud.etcd.username and .password");
	}

	@Test
	void userIsMissing() {
		assertThat(explain(List.of(locked.endpoint()))).startsWith(locked.endpoint() + ": etcd requires authentication")
			.contains("spring.cloud.etcd.username and .password");
	}

	@Test
	void authenticationIsOff() {
		assertThat(explain(List.of(etcd.endpoint()), "username=root", "password=" + SECRET))
			.startsWith(etcd.endpoint() + ": authentication is not enabled in etcd")
			.contains("spring.cloud.etcd.username", "etcdctl auth enable");
	}

	@Test
	void permissionIsDenied() {
		assertThat(explain(List.of(locked.endpoint()), "username=alice", "password=" + SECRET))
			.startsWith(locked.endpoint() + ": permission denied")
			.contains("etcdctl role grant-permission");
	}

	@Test
	void explainsEachEndpoint() {
		String refusing = refusing();
		String first = hanging();
		String second = hanging();
		assertThat(explain(List.of(first, refusing, second)).split("; ")).satisfiesExactly(
				(reason) -> assertThat(reason).startsWith(first + ": accepts"),
				(reason) -> assertThat(reason).startsWith(refusing + ": connection refused"),
				(reason) -> assertThat(reason).startsWith(second + ": accepts"));
	}

	/** Fails to read a key and returns why, which may take a few seconds and no more. */
	private static String explain(List<String> endpoints, String... properties) {
		try (TestConnection connection = TestConnection.to(endpoints, properties)) {
			EtcdRequestException failure = catchThrowableOfType(EtcdRequestException.class, () -> connection.get()
				.call(() -> connection.client().getKVClient().get(ByteSequence.from("key", StandardCharsets.UTF_8)),
						Duration.ofSeconds(2)));
			long before = System.nanoTime();
			String explanation = connection.get().explain(failure).text();
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
			assertThat(explanation).doesNotContain(SECRET).doesNotContain("\n");
			return explanation;
		}
	}

	@Test
	@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void circularCausesEnd() {
		IOException one = new IOException("Connection reset");
		one.initCause(new IOException("two", one));
		assertThat(EndpointDiagnosis.explain(one, true, EtcdRequestException.closed()))
			.contains("during the TLS handshake");
	}

	private static String[] bundle(TestCertificates.Identity shown, String... more) {
		List<String> properties = new ArrayList<>(List.of(more));
		properties.add("ssl.bundle=etcd");
		properties.add("spring.ssl.bundle.pem.etcd.truststore.certificate=file:" + certificates.authority());
		if (shown != null) {
			properties.add("spring.ssl.bundle.pem.etcd.keystore.certificate=file:" + shown.certificate());
			properties.add("spring.ssl.bundle.pem.etcd.keystore.private-key=file:" + shown.key());
		}
		return properties.toArray(String[]::new);
	}

	private String refusing() {
		try (TcpProxy proxy = TcpProxy.to(etcd.port())) {
			return "http://127.0.0.1:" + proxy.port();
		}
	}

	private String hanging() {
		TcpProxy proxy = TcpProxy.to(etcd.port());
		proxy.blackhole(true);
		this.opened.add(proxy);
		return "http://127.0.0.1:" + proxy.port();
	}

}
