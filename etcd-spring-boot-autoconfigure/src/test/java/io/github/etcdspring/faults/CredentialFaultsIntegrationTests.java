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
 * What lets an application into etcd expires or is taken away.
 */
class CredentialFaultsIntegrationTests {

	private static final String[] PREFIXES = { "/services/", "/config/application", "/config/witness" };

	@TempDir
	private static Path secrets;

	private static EtcdServer etcd;

	private static TcpProxy proxy;

	private static Witness witness;

	@BeforeAll
	static void start() throws IOException {
		etcd = EtcdServer.builder().arguments("--auth-token-ttl=1", "--bcrypt-cost=4").start();
		etcd.etcdctl("role", "add", "witness");
		for (String prefix : PREFIXES) {
			grant(prefix);
		}
		etcd.etcdctl("user", "add", "witness:f1rst");
		etcd.etcdctl("user", "grant-role", "witness", "witness");
		etcd.enableAuthentication("r00t");
		Files.writeString(secrets.resolve("spring.cloud.etcd.username"), "witness");
		password("f1rst");
		proxy = TcpProxy.to(etcd.port());
		witness = Witness.start(CredentialFaultsIntegrationTests.class, () -> etcd, "http://127.0.0.1:" + proxy.port(),
				"--spring.config.import=configtree:" + secrets + "/,etcd:");
	}

	private static void grant(String prefix) {
		etcd.etcdctl("role", "grant-permission", "witness", "--prefix=true", "readwrite", prefix);
	}

	private static void password(String password) throws IOException {
		Files.writeString(secrets.resolve("spring.cloud.etcd.password"), password);
	}

	@AfterAll
	static void stop() {
		witness.close();
		proxy.close();
		etcd.close();
	}

	@Test
	void tokenExpired() {
		Trial trial = witness.trial("cut off until the token has expired");
		proxy.refuse();
		proxy.cut();
		trial.lasts(Duration.ofSeconds(4));
		proxy.accept();
		trial.over();
	}

	@Test
	void tokensForgotten() {
		Trial trial = witness.trial("etcd restarted, which forgets its tokens");
		etcd.restart();
		trial.over();
		assertThat(witness.callers().unlisted()).isZero();
	}

	@Test
	void passwordChanged() throws IOException {
		Trial trial = witness.trial("password changed, and renewed in the application 5 s later");
		etcd.changePassword("witness", "s3cond");
		trial.lasts(Duration.ofSeconds(5));
		password("s3cond");
		witness.context().getBean(ContextRefresher.class).refresh();
		trial.over();
	}

	@Test
	void roleWithdrawn() {
		Trial trial = witness.trial("role withdrawn, and given back 5 s later");
		etcd.etcdctl("user", "revoke-role", "witness", "witness");
		witness.write();
		await().atMost(Trial.LIMIT).until(() -> witness.callers().staleAt() != 0);
		trial.lasts(Duration.ofSeconds(5));
		etcd.etcdctl("user", "grant-role", "witness", "witness");
		trial.over();
	}

	@Test
	void permissionForOnePrefixWithdrawn() {
		Trial trial = witness.trial("permission for one of two prefixes withdrawn, and given back 5 s later");
		trial.halves();
		etcd.etcdctl("role", "revoke-permission", "witness", "--prefix=true", "/config/application");
		int last = witness.pairs().get(0).first();
		etcd.etcdctl("put", "/config/witness/own", "changed");
		// what may be read is followed on, and what may not stays
		Environment environment = witness.context().getEnvironment();
		await().atMost(Trial.LIMIT).until(() -> "changed".equals(environment.getProperty("own")));
		assertThat(environment.getProperty("pair.first", Integer.class)).isEqualTo(last);
		etcd.etcdctl("del", "/config/witness/own");
		await().atMost(Trial.LIMIT).until(() -> !environment.containsProperty("own"));
		assertThat(witness.isSynced()).isFalse();
		trial.lasts(Duration.ofSeconds(5));
		grant("/config/application");
		trial.over();
	}

}
