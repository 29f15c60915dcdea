package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for {@link ExportCommand}.
 */
class ExportCommandIntegrationTests {

	private static final String PREFIX = "/config/orders/";

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

	@BeforeEach
	void deleteKeys() {
		etcd.etcdctl("del", "--prefix", "/");
	}

	@Test
	void eachKeyIsAFileAndTheImportOfTheFilesChangesNothing() {
		etcd.etcdctl("put", PREFIX + "greeting", "hello");
		etcd.etcdctl("put", PREFIX + "empty", "");
		etcd.etcdctl("put", PREFIX + "lines", "a\nb\n");
		etcd.etcdctl("put", PREFIX + "cache/size", "100");
		etcd.etcdctl("put", PREFIX + "application.yaml", "a:\n  b: c\n");
		etcd.etcdctl("put", PREFIX + "routes.json", "{}");
		etcd.etcdctl("put", "/config/orders-archive/other", "x");
		long revision = etcd.revision();
		CommandResult export = export("--prefix", PREFIX);
		assertThat(export.exitCode()).as(export.err()).isZero();
		assertThat(FileTree.read(config())).containsEntry("greeting", "hello\n")
			.containsEntry("empty", "\n")
			.containsEntry("lines", "a\nb\n\n")
			.containsEntry("cache/size", "100\n")
			.containsEntry("application.yaml", "a:\n  b: c\n")
			.containsEntry("routes.json", "{}")
			.hasSize(6);
		assertThat(export.lines()).hasSize(6).contains("wrote " + config().resolve("cache/size"));
		CommandResult imported = CommandResult.run(etcd, "import", config().toString(), "--prefix", PREFIX, "--delete");
		assertThat(imported.exitCode()).as(imported.err()).isZero();
		assertThat(imported.out()).isEmpty();
		assertThat(imported.err()).contains("No difference");
		assertThat(etcd.revision()).isEqualTo(revision);
		assertThat(export("--prefix", "/config/orders").out()).isEmpty();
	}

	@Test
	void removesOtherFilesOnlyOnRequest() {
		etcd.etcdctl("put", PREFIX + "greeting", "hello");
		FileTree.write(config(), "greeting", "hello");
		FileTree.write(config(), "former/size", "1");
		FileTree.write(config(), ".git/config", "x");
		assertThat(export("--prefix", PREFIX).out()).isEmpty();
		assertThat(FileTree.read(config())).containsOnlyKeys("greeting", "former/size", ".git/config");
		CommandResult deleting = export("--prefix", PREFIX, "--delete");
		assertThat(deleting.lines()).containsExactly("deleted " + config().resolve("former/size"));
		assertThat(deleting.err()).contains("Skipped", ".git");
		assertThat(FileTree.read(config())).containsOnlyKeys("greeting", ".git/config");
		assertThat(config().resolve("former")).doesNotExist();
	}

	@ParameterizedTest
	@ValueSource(strings = { "../stolen", "a/../../stolen", "/stolen", "a//b", "a/" })
	void refusesKeysThatCannotBeFiles(String name) {
		etcd.etcdctl("put", PREFIX + "first", "1");
		etcd.etcdctl("put", PREFIX + name, "s3cret");
		CommandResult result = export("--prefix", PREFIX);
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("'" + name + "'").doesNotContain("s3cret");
		assertThat(config()).doesNotExist();
		assertThat(this.directory.resolve("stolen")).doesNotExist();
	}

	@Test
	void refusesAKeyThatIsAlsoADirectory() {
		etcd.etcdctl("put", PREFIX + "cache", "1");
		etcd.etcdctl("put", PREFIX + "cache/size", "2");
		CommandResult result = export("--prefix", PREFIX);
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("'cache' and 'cache/size'");
		assertThat(config()).doesNotExist();
	}

	@Test
	void fileInTheWayOfADirectoryIsReplacedOnlyOnRequest() {
		etcd.etcdctl("put", PREFIX + "cache/size", "2");
		FileTree.write(config(), "cache", "1");
		CommandResult result = export("--prefix", PREFIX);
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("'cache' and 'cache/size'");
		assertThat(export("--prefix", PREFIX, "--delete").exitCode()).isZero();
		assertThat(FileTree.read(config())).containsOnlyKeys("cache/size");
	}

	@Test
	void doesNotWriteThroughALinkThatLeadsOutOfTheDirectory(@TempDir Path other) throws IOException {
		etcd.etcdctl("put", PREFIX + "cache/size", "2");
		Files.createDirectories(config());
		Files.createSymbolicLink(config().resolve("cache"), other);
		CommandResult result = export("--prefix", PREFIX);
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("symbolic link");
		assertThat(other).isEmptyDirectory();
	}

	@Test
	void prefixWithoutKeysDeletesNoFile() {
		FileTree.write(config(), "greeting", "hello");
		CommandResult result = export("--prefix", "/config/ordres/", "--delete");
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains("/config/ordres/");
		assertThat(FileTree.read(config())).containsOnlyKeys("greeting");
	}

	@Test
	void refusesValuesThatAreNotText() {
		etcd.etcdctl("put", PREFIX + "image", "\uFFFD");
		CommandResult result = export("--prefix", PREFIX);
		assertThat(result.exitCode()).isEqualTo(2);
		assertThat(result.err()).contains(PREFIX + "image");
	}

	private Path config() {
		return this.directory.resolve("config");
	}

	private CommandResult export(String... arguments) {
		String[] all = new String[arguments.length + 2];
		all[0] = "export";
		all[1] = config().toString();
		System.arraycopy(arguments, 0, all, 2, arguments.length);
		return CommandResult.run(etcd, all);
	}

}
