package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TestCertificates;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class SecretsIntegrationTests {

	private static final String PASSWORD = "op3n-sesame";

	private static final String VALUE = "c0nfigured-value";

	@SharedEtcd
	private static EtcdServer etcd;

	@BeforeAll
	static void startEtcd() {
		etcd.enableAuthentication(PASSWORD);
	}

	@Test
	void passwordAppearsNowhere(CapturedOutput output) {
		try (ConfigurableApplicationContext context = application(PASSWORD).run()) {
			await().atMost(Duration.ofSeconds(10)).until(() -> Keys.of(etcd, "secret").size() == 1);
			etcd.etcdctl("lease", "revoke", Keys.leases(etcd).get(0));
			await().atMost(Duration.ofSeconds(10)).until(() -> Keys.of(etcd, "secret").size() == 1);
			RestClient actuator = RestClient
				.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator");
			for (String endpoint : new String[] { "/health", "/configprops", "/env", "/beans", "/etcd" }) {
				assertThat(actuator.get().uri(endpoint).retrieve().body(String.class)).isNotEmpty()
					.doesNotContain(PASSWORD);
			}
		}
		assertThat(output).contains("Registered in etcd").doesNotContain(PASSWORD);
	}

	@Test
	void wrongPasswordIsReportedWithoutBeingRepeated(CapturedOutput output) {
		try (ConfigurableApplicationContext context = application("wr0ng-" + PASSWORD).run()) {
			await().atMost(Duration.ofSeconds(10))
				.until(() -> output.getOut().contains("invalid user name or password"));
			assertThat(context.getBean(HealthEndpoint.class).healthForPath("etcd", "registration").toString())
				.doesNotContain(PASSWORD);
		}
		assertThatException()
			.isThrownBy(application("wr0ng-" + PASSWORD).properties("spring.cloud.etcd.discovery.fail-fast=true")::run)
			.satisfies((ex) -> {
				for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
					assertThat(cause.toString()).doesNotContain(PASSWORD);
				}
			});
		assertThat(output).contains("APPLICATION FAILED TO START").doesNotContain(PASSWORD);
	}

	@Test
	void neitherPasswordNorValuesAppearInEndpointHealthOrMeters(CapturedOutput output) {
		etcd.etcdctl("put", "/config/secret/token", VALUE);
		etcd.etcdctl("put", "/services/broken/one", VALUE);
		try (ConfigurableApplicationContext context = application(PASSWORD).run("--spring.config.import=etcd:")) {
			RestClient actuator = RestClient
				.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator");
			etcd.etcdctl("put", "/config/secret/token", VALUE + "-2");
			await().atMost(Duration.ofSeconds(10)).until(() -> body(actuator, "/etcd").contains("\"lastApplied\""));
			etcd.etcdctl("put", "/config/secret/application.yaml", "token: [" + VALUE);
			await().atMost(Duration.ofSeconds(10))
				.until(() -> body(actuator, "/etcd").contains("\"rejectedNow\":true"));
			assertThat(body(actuator, "/etcd")).contains("/config/secret/token").doesNotContain(PASSWORD, VALUE);
			assertThat(body(actuator, "/health")).contains("\"rejected\"").doesNotContain(PASSWORD, VALUE);
			ConfigurableListableBeanFactory beans = context.getBeanFactory();
			assertThat(beans.getSingletonNames()).extracting(beans::getSingleton)
				.filteredOn((bean) -> bean.getClass().getName().startsWith("io.github.etcdspring"))
				.hasSizeGreaterThan(15)
				.noneMatch((bean) -> bean.toString().contains(VALUE) || bean.toString().contains(PASSWORD));
			assertThat(context.getBean(MeterRegistry.class).getMeters())
				.filteredOn((meter) -> meter.getId().getName().startsWith("etcd."))
				.hasSizeGreaterThan(15)
				.noneMatch((meter) -> meter.getId().toString().contains(VALUE)
						|| meter.getId().toString().contains(PASSWORD));
		}
		assertThat(output).contains("rejected").doesNotContain(PASSWORD, VALUE);
	}

	@Test
	void keyMaterialAppearsNowhere(@TempDir Path directory, CapturedOutput output) throws IOException {
		TestCertificates certificates = TestCertificates.create(directory);
		TestCertificates.Identity identity = certificates.client("root");
		String key = Files.readString(identity.key());
		String secret = key.lines().skip(1).findFirst().orElseThrow();
		String pem = "spring.ssl.bundle.pem.etcd.";
		try (EtcdServer encrypted = EtcdServer.builder().tls(certificates, true).start();
				ConfigurableApplicationContext context = Applications.servlet(encrypted, "secret")
					.properties(Map.of("spring.cloud.etcd.ssl.bundle", "etcd", pem + "truststore.certificate",
							Files.readString(certificates.authority()), pem + "keystore.certificate",
							Files.readString(identity.certificate()), pem + "keystore.private-key", key,
							"management.endpoints.web.exposure.include", "*", "management.endpoint.health.show-details",
							"always", "logging.level.io.github.etcdspring", "trace"))
					.run()) {
			await().atMost(Duration.ofSeconds(10)).until(() -> Keys.of(encrypted, "secret").size() == 1);
			RestClient actuator = RestClient
				.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator");
			for (String endpoint : new String[] { "/health", "/configprops", "/env", "/beans", "/etcd" }) {
				assertThat(body(actuator, endpoint)).isNotEmpty().doesNotContain(secret);
			}
		}
		assertThat(output).contains("Registered in etcd").doesNotContain(secret);
	}

	private static String body(RestClient actuator, String endpoint) {
		return String.valueOf(actuator.get().uri(endpoint).retrieve().body(String.class));
	}

	private static SpringApplicationBuilder application(String password) {
		return Applications.servlet(etcd, "secret")
			.properties("spring.cloud.etcd.username=root", "spring.cloud.etcd.password=" + password,
					"management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always",
					"logging.level.io.github.etcdspring=trace");
	}

}
