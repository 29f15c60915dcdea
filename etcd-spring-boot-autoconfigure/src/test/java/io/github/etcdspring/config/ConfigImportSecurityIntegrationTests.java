package io.github.etcdspring.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for imports from an etcd with authentication or TLS.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConfigImportSecurityIntegrationTests {

	private static final String PASSWORD = "op3n-sesame";

	@Test
	void importsAndWatchesWithUserAndPassword(CapturedOutput output) {
		try (EtcdServer etcd = etcdWithAuthentication();
				ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:", user(PASSWORD))) {
			assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			etcd.etcdctl("put", "/config/orders/greeting", "changed");
			await().atMost(Duration.ofSeconds(5))
				.until(() -> "changed".equals(context.getEnvironment().getProperty("greeting")));
			assertThat(output).doesNotContain(PASSWORD);
		}
	}

	@Test
	void wrongPasswordFailsTheStartAtOnce(CapturedOutput output) {
		try (EtcdServer etcd = etcdWithAuthentication()) {
			long start = System.nanoTime();
			assertThatException().isThrownBy(() -> ConfiguredApplication.run(etcd, "etcd:", user("wr0ng")).close());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
			assertThat(output).contains("APPLICATION FAILED TO START", "invalid user name or password")
				.doesNotContain("wr0ng");
		}
	}

	@Test
	void forbiddenPrefixFailsTheStartAndIsNamed(CapturedOutput output) {
		try (EtcdServer etcd = etcdWithAuthentication()) {
			assertThatException()
				.isThrownBy(() -> ConfiguredApplication.run(etcd, "etcd:,etcd:/forbidden/", user(PASSWORD)).close());
			assertThat(output).contains("APPLICATION FAILED TO START", "The configuration under [/forbidden/]");
		}
	}

	@Test
	void forbiddenOptionalPrefixIsSkippedUntilPermitted(CapturedOutput output) {
		try (EtcdServer etcd = etcdWithAuthentication();
				ConfigurableApplicationContext context = ConfiguredApplication.run(etcd,
						"etcd:,optional:etcd:/forbidden/", user(PASSWORD))) {
			Environment environment = context.getEnvironment();
			assertThat(output).containsOnlyOnce("Skipping the configuration under [/forbidden/]");
			assertThat(environment.getProperty("greeting")).isEqualTo("hello");
			assertThat(environment.containsProperty("late")).isFalse();
			etcd.etcdctl("put", "/config/orders/greeting", "changed");
			await().atMost(Duration.ofSeconds(5))
				.until(() -> "changed".equals(context.getEnvironment().getProperty("greeting")));
			ConfigWatch watch = context.getBean(ConfigWatch.class);
			await().atMost(Duration.ofSeconds(5))
				.untilAsserted(() -> assertThat(watch.status().problem().text()).contains("permission"));
			etcd.etcdctl("put", "/forbidden/late", "now");
			etcd.etcdctl("role", "grant-permission", "orders", "--prefix=true", "read", "/forbidden/");
			// the permission is checked again after five seconds, with a jitter of 20 %
			await().atMost(Duration.ofSeconds(15)).until(() -> "now".equals(environment.getProperty("late")));
			assertThat(environment.getProperty("greeting")).isEqualTo("changed");
			etcd.etcdctl("put", "/forbidden/late", "later");
			await().atMost(Duration.ofSeconds(5)).until(() -> "later".equals(environment.getProperty("late")));
			assertThat(watch.status().problem()).isNull();
		}
	}

	/** Without an SslBundles bean, which does not exist yet at import. */
	@Test
	void importsWithMutualTls(@TempDir Path directory) {
		TestCertificates certificates = TestCertificates.create(directory);
		TestCertificates.Identity orders = certificates.client("orders");
		String pem = "spring.ssl.bundle.pem.etcd.";
		try (EtcdServer etcd = EtcdServer.builder().tls(certificates, true).start()) {
			etcd.etcdctl("put", "/config/orders/greeting", "hello");
			try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:",
					"spring.cloud.etcd.ssl.bundle=etcd", pem + "truststore.certificate=" + certificates.authority(),
					pem + "keystore.certificate=" + orders.certificate(),
					pem + "keystore.private-key=" + orders.key())) {
				assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
				etcd.etcdctl("put", "/config/orders/greeting", "changed");
				await().atMost(Duration.ofSeconds(5))
					.until(() -> "changed".equals(context.getEnvironment().getProperty("greeting")));
			}
		}
	}

	@Test
	void untrustedCertificateFailsTheStart(@TempDir Path directory, CapturedOutput output) {
		TestCertificates certificates = TestCertificates.create(directory);
		try (EtcdServer etcd = EtcdServer.builder().tls(certificates, false).start()) {
			assertThatException().isThrownBy(
					() -> ConfiguredApplication
						.run(etcd.endpoint(), "etcd:", List.of(), "spring.cloud.etcd.startup-timeout=2s",
								"spring.cloud.etcd.request-timeout=1s")
						.close());
			assertThat(output).contains("APPLICATION FAILED TO START", "certificate");
		}
	}

	private static EtcdServer etcdWithAuthentication() {
		EtcdServer etcd = EtcdServer.start();
		etcd.etcdctl("put", "/config/orders/greeting", "hello");
		etcd.etcdctl("user", "add", "orders:" + PASSWORD);
		etcd.etcdctl("role", "add", "orders");
		etcd.etcdctl("role", "grant-permission", "orders", "--prefix=true", "read", "/config/");
		etcd.etcdctl("user", "grant-role", "orders", "orders");
		etcd.enableAuthentication("r00t");
		return etcd;
	}

	private static String[] user(String password) {
		return new String[] { "spring.cloud.etcd.username=orders", "spring.cloud.etcd.password=" + password };
	}

}
