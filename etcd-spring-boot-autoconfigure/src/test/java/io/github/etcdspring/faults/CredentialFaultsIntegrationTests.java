package io.github.etcdspring.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Recovery from expired, changed and revoked credentials and permissions.
 */
class CredentialFaultsIntegrationTests {

	private static final String[] PREFIXES = { "/services/", "/config/application", "/config/monitored" };

	@TempDir
	private static Path secrets;

	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static MonitoredApplication application;

	@BeforeAll
	static void start() throws IOException {
		etcd = EtcdServer.builder().arguments("--auth-token-ttl=1", "--bcrypt-cost=4").start();
		etcd.etcdctl("role", "add", "monitored");
		for (String prefix : PREFIXES) {
			grant(prefix);
		}
		etcd.etcdctl("user", "add", "monitored:f1rst");
		etcd.etcdctl("user", "grant-role", "monitored", "monitored");
		etcd.enableAuthentication("r00t");
		Files.writeString(secrets.resolve("spring.cloud.etcd.username"), "monitored");
		password("f1rst");
		proxy = TcpProxy.to(etcd.port());
		application = MonitoredApplication.start(CredentialFaultsIntegrationTests.class, () -> etcd,
				"http://127.0.0.1:" + proxy.port(), "--spring.config.import=configtree:" + secrets + "/,etcd:");
	}

	private static void grant(String prefix) {
		etcd.etcdctl("role", "grant-permission", "monitored", "--prefix=true", "readwrite", prefix);
	}

	private static void password(String password) throws IOException {
		Files.writeString(secrets.resolve("spring.cloud.etcd.password"), password);
	}

	@AfterAll
	static void stop() {
		application.close();
		proxy.close();
		etcd.close();
	}

	@Test
	void tokenExpired() {
		FaultScenario scenario = application.scenario("cut off until the token has expired");
		proxy.refuse();
		proxy.cut();
		scenario.lasts(Duration.ofSeconds(4));
		proxy.accept();
		scenario.assertRecovery();
	}

	@Test
	void tokensLostByRestart() {
		FaultScenario scenario = application.scenario("etcd restarted, which forgets its tokens");
		etcd.restart();
		scenario.assertRecovery();
		assertThat(application.monitor().unlisted()).isZero();
	}

	@Test
	void passwordChanged() throws IOException {
		FaultScenario scenario = application.scenario("password changed, and renewed in the application 5 s later");
		etcd.changePassword("monitored", "s3cond");
		scenario.lasts(Duration.ofSeconds(5));
		password("s3cond");
		application.context().getBean(ContextRefresher.class).refresh();
		scenario.assertRecovery();
	}

	@Test
	void roleRevoked() {
		FaultScenario scenario = application.scenario("role withdrawn, and given back 5 s later");
		etcd.etcdctl("user", "revoke-role", "monitored", "monitored");
		application.write();
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> application.monitor().staleAt() != 0);
		scenario.lasts(Duration.ofSeconds(5));
		etcd.etcdctl("user", "grant-role", "monitored", "monitored");
		scenario.assertRecovery();
	}

	@Test
	void permissionForOnePrefixRevoked() {
		FaultScenario scenario = application
			.scenario("permission for one of two prefixes withdrawn, and given back 5 s later");
		scenario.expectPartialConfiguration();
		etcd.etcdctl("role", "revoke-permission", "monitored", "--prefix=true", "/config/application");
		int last = application.pairs().get(0).first();
		etcd.etcdctl("put", "/config/monitored/own", "changed");
		// readable prefixes are still followed, and the unreadable one keeps its values
		Environment environment = application.context().getEnvironment();
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> "changed".equals(environment.getProperty("own")));
		assertThat(environment.getProperty("pair.first", Integer.class)).isEqualTo(last);
		etcd.etcdctl("del", "/config/monitored/own");
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(() -> !environment.containsProperty("own"));
		assertThat(application.isSynced()).isFalse();
		scenario.lasts(Duration.ofSeconds(5));
		grant("/config/application");
		scenario.assertRecovery();
	}

}
