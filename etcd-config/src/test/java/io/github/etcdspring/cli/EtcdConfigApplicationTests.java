package io.github.etcdspring.cli;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdConfigApplication} without etcd.
 */
class EtcdConfigApplicationTests {

	@ParameterizedTest
	@ValueSource(strings = { "", "import", "import .", "diff --prefix /a/", "export . --prefix", "get", "history",
			"import . --prefix /a/ --wait soon", "import . --prefix /a/ --wait 0s",
			"import . --prefix /a/ --roll-out 10%", "import . --prefix /a/ --roll-out 200%:5m",
			"import . --prefix /a/ --roll-out zone=:5m", "import . --prefix /a/ --roll-out 10%:soon",
			"import . --prefix /a/ --roll-out 10%:5m --wait 5s", "diff . . --prefix /a/" })
	void wrongUsageExitsWith2AndPrintsHelp(String line) {
		CommandResult result = CommandResult.run((line.isEmpty()) ? new String[0] : line.split(" "));
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("Usage: etcd-config");
		assertThat(result.out()).isEmpty();
	}

	@Test
	void misspelledCommandExitsWith2AndSuggestsTheRightOne() {
		CommandResult result = CommandResult.run("imprt");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("Did you mean", "etcd-config import");
	}

	@Test
	void helpExitsWith0AndListsCommandsAndExitCodes() {
		CommandResult result = CommandResult.run("--help");
		assertThat(result.exitCode()).isZero();
		assertThat(result.err()).isEmpty();
		assertThat(result.out()).contains("export", "import", "diff", "get", "history", "Exit codes:",
				"SPRING_CLOUD_ETCD_PASSWORD");
	}

	@Test
	void missingDirectoryExitsWith2(@TempDir Path directory) {
		String missing = directory.resolve("missing").toString();
		for (String command : new String[] { "import", "diff" }) {
			CommandResult result = CommandResult.run(command, missing, "--prefix", "/config/orders/");
			assertThat(result.exitCode()).isEqualTo(2);
			assertThat(result.err()).contains(missing);
		}
	}

	@Test
	void blankPrefixExitsWith2(@TempDir Path directory) {
		CommandResult result = CommandResult.run("diff", directory.toString(), "--prefix", " ");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("--prefix");
	}

	@Test
	void emptyDirectoryDoesNotDeleteAllKeys(@TempDir Path directory) {
		FileTree.write(directory, ".git/config", "x");
		CommandResult result = CommandResult.run("import", directory.toString(), "--prefix", "/config/orders/",
				"--delete");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("no files");
	}

	@Test
	void invalidSettingExitsWith2(@TempDir Path directory) {
		FileTree.write(directory, "a", "1");
		CommandResult result = CommandResult.run("diff", directory.toString(), "--prefix", "/config/orders/",
				"--endpoints", "ftp://localhost:2379");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("spring.cloud.etcd.endpoints");
	}

	@Test
	void durationsWithoutUnitAreSeconds() {
		assertThat(new DurationConverter().convert("30")).hasSeconds(30);
		assertThat(new DurationConverter().convert("2m")).hasMinutes(2);
	}

}
