package io.github.etcdspring.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TestCertificates;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link EtcdConnection}: warnings while etcd refuses access.
 */
@ExtendWith(OutputCaptureExtension.class)
class EtcdConnectionIntegrationTests {

	private static final String SECRET = "s3cret";

	private static EtcdServer locked;

	private static EtcdServer encrypted;

	@BeforeAll
	static void startEtcd(@TempDir Path directory) {
		locked = EtcdServer.start();
		locked.enableAuthentication(SECRET);
		encrypted = EtcdServer.builder().tls(TestCertificates.create(directory), false).start();
	}

	@AfterAll
	static void stopEtcd() {
		locked.close();
		encrypted.close();
	}

	@Test
	void logsOnceThatThePasswordIsWrong(CapturedOutput output) {
		use(TestConnection.to(locked.endpoint(), "username=root", "password=" + SECRET + "2"),
				() -> warnings(output).allMatch((line) -> line.contains("invalid user name or password")));
		assertThat(output).doesNotContain(SECRET);
	}

	@Test
	void logsOnceThatTheCertificateIsNotTrusted(CapturedOutput output) {
		use(TestConnection.to(encrypted.endpoint(), "request-timeout=1s"),
				() -> warnings(output).allMatch((line) -> line.contains("server certificate not trusted")));
	}

	/** Expects one warning of the watch and one of the lease. */
	private static void use(TestConnection connection, BooleanSupplier assertion) {
		try (connection;
				Mirror mirror = new Mirror(connection.get(), List.of(KeyRange.prefix("/")), "test",
						(snapshot, changed) -> {
						});
				LeaseSession session = new LeaseSession(connection.get(), Duration.ofSeconds(10))) {
			mirror.start();
			session.put("/key", SECRET);
			await().atMost(Duration.ofSeconds(8))
				.until(() -> mirror.status().problem() != null && session.status().problem() != null);
			await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
			assertThat(assertion.getAsBoolean()).isTrue();
		}
	}

	private static Stream<String> warnings(CapturedOutput output) {
		// Netty may log a connection that another test closed during its handshake
		assertThat(output).doesNotContain("\tat io.github.etcdspring");
		String[] lines = output.toString()
			.lines()
			.filter((line) -> line.contains("WARN") || line.contains("ERROR"))
			.filter((line) -> !line.contains("DefaultChannelPipeline"))
			.filter((line) -> !line.contains("io.etcd.jetcd.impl"))
			.toArray(String[]::new);
		assertThat(lines).hasSize(2)
			.anyMatch((line) -> line.contains("is interrupted, the last known state"))
			.anyMatch((line) -> line.contains("Registration in etcd is failing"));
		return Stream.of(lines);
	}

}
