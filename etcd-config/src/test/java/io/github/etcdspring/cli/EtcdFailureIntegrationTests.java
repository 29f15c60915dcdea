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
		assertThat(as("s3cret", "diff", "--prefix", "/config/orders/").exitCode()).isEqualTo(1);
		for (String[] arguments : new String[][] { { "diff", "--prefix", "/config/shop/" },
				{ "import", "--prefix", "/config/orders/" } }) {
			CommandResult result = as("s3cret", arguments);
			assertThat(result.exitCode()).isEqualTo(3);
			assertThat(result.err()).contains(arguments[2], "permission denied", "etcdctl role grant-permission")
				.doesNotContain("s3cret", "good morning", "\tat ");
		}
	}

	@Test
	void wrongPasswordExitsWith3AndIsNotPrinted() {
		CommandResult result = as("gue55ed", "diff", "--prefix", "/config/orders/");
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

	private CommandResult as(String password, String... arguments) {
		String[] all = new String[arguments.length + 1];
		all[0] = arguments[0];
		all[1] = this.directory.toString();
		System.arraycopy(arguments, 1, all, 2, arguments.length - 1);
		return new Launcher(this.directory, Map.of("SPRING_CLOUD_ETCD_ENDPOINTS", etcd.endpoint(),
				"SPRING_CLOUD_ETCD_USERNAME", "jane", "SPRING_CLOUD_ETCD_PASSWORD", password))
			.run(all);
	}

}
