package io.github.etcdspring.registry;

import java.nio.file.Path;
import java.time.Duration;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class RepairIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static final Duration AFTER_RESTART = Duration.ofSeconds(20);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static ConfigurableApplicationContext other;

	private static String key;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		startApplication();
		other = Applications.client(etcd);
	}

	@AfterAll
	static void stop() {
		other.close();
		context.close();
		etcd.close();
	}

	@BeforeEach
	void awaitRegistration() {
		awaitWhole(AFTER_RESTART);
	}

	@Test
	void deletedKeyIsRestored() {
		long before = etcd.revision();
		etcd.etcdctl("del", key);
		await().atMost(SOON).until(() -> etcd.revision() == before + 2);
		awaitWhole(SOON);
	}

	@Test
	void overwrittenKeyIsRestored() {
		etcd.etcdctl("put", key, "10.0.0.1:80");
		awaitWhole(SOON);
	}

	@Test
	void instanceIsRestoredAfterItsLeaseIsRevoked() {
		String lease = Keys.leases(etcd).get(0);
		etcd.etcdctl("lease", "revoke", lease);
		await().atMost(SOON).until(() -> !Keys.leases(etcd).isEmpty() && !Keys.leases(etcd).contains(lease));
		awaitWhole(SOON);
	}

	@Test
	void instanceIsRestoredAfterARestartOfEtcd() {
		etcd.kill();
		etcd.restart();
		awaitWhole(AFTER_RESTART);
	}

	@Test
	void instanceIsRestoredAfterEtcdIsWiped() {
		etcd.wipe();
		etcd.restart();
		awaitWhole(AFTER_RESTART);
	}

	@Test
	void instanceIsRestoredAfterEtcdIsRestoredFromABackupWithoutIt(@TempDir Path folder) {
		context.close();
		etcd.saveSnapshot(folder.resolve("backup"));
		startApplication();
		awaitWhole(SOON);
		etcd.restoreSnapshot(folder.resolve("backup"));
		etcd.restart();
		awaitWhole(AFTER_RESTART);
	}

	private static void startApplication() {
		context = Applications.plain(etcd, "repaired").run();
		key = "/services/repaired/" + context.getBean(EtcdRegistration.class).getInstanceId();
	}

	private static void awaitWhole(Duration limit) {
		await().atMost(limit).untilAsserted(() -> {
			assertThat(Keys.of(etcd, "repaired")).containsExactly(key);
			assertThat(Keys.value(etcd, key)).contains("\"addr\":\"127.0.0.1:9999\"");
			assertThat(other.getBean(DiscoveryClient.class).getInstances("repaired")).hasSize(1);
		});
	}

}
