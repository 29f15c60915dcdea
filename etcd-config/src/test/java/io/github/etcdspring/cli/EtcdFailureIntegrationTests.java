package io.github.etcdspring.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for requests that etcd refuses or does not answer.
 */
class EtcdFailureIntegrationTests {

	private static EtcdServer etcd;

	@TempDir
	private Path directory;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
		etcd.etcdctl("put", "/config/orders/greeting", "hello");
		etcd.etcdctl("role", "add", "reader");
		etcd.etcdctl("role", "grant-permission", "reader", "--prefix=true", "read", "/config/orders/");
		etcd.etcdctl("user", "add", "jane:s3cret");
		etcd.etcdctl("user", "grant-role", "jane", "reader");
		etcd.enableAuthentication("of root");
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@BeforeEach
	void writeFile() {
		FileTree.write(this.directory, "greeting", "good morning\n");
	}

	@Test
	void deniedPermissionExitsWith3AndNamesTheRemedy() {
		System.setProperty("spring.cloud.etcd.username", "jane");
		System.setProperty("spring.cloud.etcd.password", "s3cret");
		try {
			assertThat(diff("/config/orders/").exitCode()).isEqualTo(1);
			assertDenied(diff("/config/shop/"), "/config/shop/");
			assertDenied(CommandResult.run(etcd, "import", this.directory.toString(), "--prefix", "/config/orders/"),
					"/config/orders/greeting");
		}
		finally {
			System.clearProperty("spring.cloud.etcd.username");
			System.clearProperty("spring.cloud.etcd.password");
		}
	}

	private CommandResult diff(String prefix) {
		return CommandResult.run(etcd, "diff", this.directory.toString(), "--prefix", prefix);
	}

	private static void assertDenied(CommandResult result, String name) {
		assertThat(result.exitCode()).isEqualTo(3);
		assertThat(result.err()).contains(name, "permission denied", "etcdctl role grant-permission")
			.doesNotContain("s3cret", "good morning")
			.hasLineCount(1);
	}

	@Test
	void wrongPasswordExitsWith3AndIsNotPrinted() {
		CommandResult result = new Launcher(this.directory, Map.of("SPRING_CLOUD_ETCD_ENDPOINTS", etcd.endpoint(),
				"SPRING_CLOUD_ETCD_USERNAME", "jane", "SPRING_CLOUD_ETCD_PASSWORD", "gue55ed"))
			.run("get", "/config/orders/greeting");
		assertThat(result.exitCode()).isEqualTo(3);
		assertThat(result.out()).isEmpty();
		assertThat(result.err()).contains("invalid user name or password").doesNotContain("gue55ed");
	}

	@Test
	void unavailableEtcdExitsWith3WithinSeconds() {
		EtcdServer down = EtcdServer.start();
		down.close();
		long begin = System.nanoTime();
		CommandResult result = CommandResult.run(down, "import", this.directory.toString(), "--prefix",
				"/config/orders/");
		assertThat(result.exitCode()).isEqualTo(3);
		assertThat(result.out()).isEmpty();
		assertThat(result.err()).contains(down.endpoint(), "connection refused").hasLineCount(1);
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
	}

}
