package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for the launcher script and the jar.
 */
class LauncherIntegrationTests {

	private static EtcdServer etcd;

	@TempDir
	private Path directory;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@Test
	void exitCodeAndOutputAreThoseOfTheCommand() throws IOException {
		etcd.etcdctl("put", "/config/orders/grüße", "schöne");
		FileTree.write(this.directory, "application.properties",
				"spring.cloud.etcd.endpoints=http://127.0.0.1:1\nspring.main.banner-mode=console\n");
		Path link = Files.createSymbolicLink(this.directory.resolve("linked"), Launcher.SCRIPT);
		Launcher launcher = new Launcher(this.directory,
				Map.of("LC_ALL", "C", "SPRING_CONFIG_IMPORT", "etcd:", "SPRING_CLOUD_ETCD_ENDPOINTS", etcd.endpoint()));
		CommandResult export = launcher.run(link, "export", "my config", "--prefix", "/config/orders/");
		assertThat(export.exitCode()).as(export.err()).isZero();
		assertThat(export.lines()).containsExactly("wrote my config/grüße");
		assertThat(FileTree.read(this.directory.resolve("my config"))).containsEntry("grüße", "schöne\n");
		FileTree.write(this.directory, "my config/a b", "1\n");
		CommandResult drift = launcher.run("diff", "my config", "--prefix", "/config/orders/");
		assertThat(drift.exitCode()).isEqualTo(1);
		assertThat(drift.lines()).containsExactly("added /config/orders/a b");
		assertThat(drift.err()).isEmpty();
	}

	@Test
	void versionIsThatOfTheJar() {
		CommandResult result = new Launcher(this.directory, Map.of()).run("--version");
		assertThat(result.exitCode()).isZero();
		assertThat(result.out()).matches("etcd-config \\d+\\.\\d+\\.\\d+.*\\R");
	}

	@Test
	void missingJarIsReportedWithTheCommandThatBuildsIt() throws IOException {
		Path copy = Files.copy(Launcher.SCRIPT, this.directory.resolve("etcd-config"));
		CommandResult result = new Launcher(this.directory, Map.of()).run(copy, "--help");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("etcd-config.jar not found", CommandLinePage.read().snippets("sh").get(0));
	}

	@Test
	void missingJavaIsReported() {
		CommandResult result = new Launcher(this.directory, Map.of("JAVA_HOME", "/nonexistent")).run("--help");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("Java not found", "/nonexistent/bin/java");
	}

}
