package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Rotation of user name and password while the application runs, as with a mounted
 * secret.
 */
@ExtendWith(OutputCaptureExtension.class)
class CredentialRotationIntegrationTests {

	@TempDir
	private Path secrets;

	@TempDir
	private Path configuration;

	private EtcdServer etcd;

	@BeforeEach
	void startGuardedEtcd() {
		this.etcd = EtcdServer.start();
		this.etcd.etcdctl("put", "/config/orders/greeting", "hello");
		this.etcd.etcdctl("role", "add", "orders");
		this.etcd.etcdctl("role", "grant-permission", "orders", "--prefix=true", "readwrite", "/services/");
		this.etcd.etcdctl("role", "grant-permission", "orders", "--prefix=true", "read", "/config/");
		addUser("orders", "f1rst");
		this.etcd.enableAuthentication("r00t");
	}

	private void addUser(String name, String password) {
		this.etcd.etcdctl("user", "add", name + ":" + password);
		this.etcd.etcdctl("user", "grant-role", name, "orders");
	}

	@AfterEach
	void stopEtcd() {
		this.etcd.close();
	}

	@Test
	void newUserContinuesLeaseAndWatches(CapturedOutput output) throws IOException {
		secret("orders", "f1rst");
		try (ConfigurableApplicationContext context = run()) {
			long lease = context.getBean(LeaseSession.class).status().lease();
			addUser("orders2", "s3cond");
			secret("orders2", "s3cond");
			context.getBean(ContextRefresher.class).refresh();
			this.etcd.etcdctl("user", "delete", "orders");
			follows(context, "changed");
			// one or two renewals with the new user
			await().during(Duration.ofSeconds(3))
				.atMost(Duration.ofSeconds(10))
				.until(() -> Keys.of(this.etcd, "orders").size() == 1);
			assertThat(context.getBean(LeaseSession.class).status().lease()).isEqualTo(lease);
			assertThat(context.getBean(LeaseSession.class).status().losses()).isZero();
		}
		assertThat(Keys.of(this.etcd, "orders")).isEmpty();
		assertThat(output).contains("with the renewed credentials").doesNotContain("f1rst", "s3cond");
	}

	@Test
	void newPasswordOfTheSameUserIsUsed(CapturedOutput output) throws IOException {
		secret("orders", "f1rst");
		try (ConfigurableApplicationContext context = run()) {
			this.etcd.etcdctl("user", "delete", "orders");
			addUser("orders", "s3cond");
			secret("orders", "s3cond");
			context.getBean(ContextRefresher.class).refresh();
			follows(context, "changed");
			await().atMost(Duration.ofSeconds(45)).until(() -> Keys.of(this.etcd, "orders").size() == 1);
			assertThat(context.getBean(LeaseSession.class).status().problem()).isNull();
		}
		assertThat(output).doesNotContain("f1rst", "s3cond");
	}

	@Test
	void incompleteCredentialsAreRejected(CapturedOutput output) throws IOException {
		secret("orders", "f1rst");
		try (ConfigurableApplicationContext context = run()) {
			secret("orders", "");
			context.getBean(ContextRefresher.class).refresh();
			assertThat(output).contains("The credentials for etcd are not updated");
			follows(context, "changed");
		}
	}

	private void follows(ConfigurableApplicationContext context, String greeting) {
		this.etcd.etcdctl("put", "/config/orders/greeting", greeting);
		await().atMost(Duration.ofSeconds(45))
			.until(() -> greeting.equals(context.getEnvironment().getProperty("greeting")));
	}

	private void secret(String username, String password) throws IOException {
		Files.writeString(this.secrets.resolve("etcd-user"), username);
		Files.writeString(this.secrets.resolve("etcd-password"), password);
	}

	private ConfigurableApplicationContext run() throws IOException {
		String documented = Snippets.of(Path.of("../docs/security.md"), "yaml").get(0);
		Path yaml = Files.writeString(this.configuration.resolve("application.yml"),
				documented.replace("/run/secrets", this.secrets.toString()));
		ConfigurableApplicationContext context = Applications.plain(this.etcd, "orders")
			.run("--spring.config.additional-location=file:" + yaml, "--spring.cloud.etcd.discovery.ttl=5s");
		await().atMost(Duration.ofSeconds(10)).until(() -> Keys.of(this.etcd, "orders").size() == 1);
		assertThat(context.getEnvironment().getProperty("greeting")).isEqualTo("hello");
		return context;
	}

}
