package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ConfigDirectory}.
 */
class ConfigDirectoryTests {

	@TempDir
	private Path directory;

	@Test
	void readsFilesAsValuesByRelativeName() {
		FileTree.write(this.directory, "greeting", "hello\n");
		FileTree.write(this.directory, "cache/size", "100\n");
		FileTree.write(this.directory, "application.yaml", "a: b\n");
		assertThat(ConfigDirectory.list(this.directory).values()).containsEntry("greeting", "hello")
			.containsEntry("cache/size", "100")
			.containsEntry("application.yaml", "a: b\n")
			.hasSize(3);
	}

	@Test
	void skipsHiddenFilesAndDirectories() {
		FileTree.write(this.directory, ".git/config", "x");
		FileTree.write(this.directory, "cache/.DS_Store", "x");
		FileTree.write(this.directory, "cache/size", "100");
		ConfigDirectory listed = ConfigDirectory.list(this.directory);
		assertThat(listed.names()).containsExactly("cache/size");
		assertThat(listed.skipped()).containsExactly(".git", "cache/.DS_Store");
	}

	@Test
	void followsSymbolicLinksInsideOfTheDirectory() throws IOException {
		FileTree.write(this.directory, "..2026/size", "100");
		Files.createSymbolicLink(this.directory.resolve("..data"), Path.of("..2026"));
		Files.createSymbolicLink(this.directory.resolve("size"), Path.of("..data/size"));
		ConfigDirectory listed = ConfigDirectory.list(this.directory);
		assertThat(listed.values()).containsOnlyKeys("size").containsEntry("size", "100");
	}

	@Test
	void refusesSymbolicLinksThatLeadOutOfTheDirectory(@TempDir Path other) throws IOException {
		FileTree.write(other, "secret", "s3cret");
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), other.resolve("secret"));
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> ConfigDirectory.list(this.directory))
			.withMessageContaining(link.toString());
		Files.delete(link);
		Files.createSymbolicLink(link, other);
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> ConfigDirectory.list(this.directory))
			.withMessageContaining(link.toString());
	}

	@Test
	void refusesBrokenAndCircularLinks() throws IOException {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), Path.of("missing"));
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> ConfigDirectory.list(this.directory))
			.withMessageContaining("link");
		Files.delete(link);
		Files.createSymbolicLink(link, Path.of("."));
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(() -> ConfigDirectory.list(this.directory))
			.withMessageContaining("link");
	}

	@Test
	void refusesFilesThatAreNotText() throws IOException {
		Files.write(this.directory.resolve("image"), new byte[] { (byte) 0xff, 0 });
		ConfigDirectory listed = ConfigDirectory.list(this.directory);
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(listed::values)
			.withMessageContaining("image")
			.withMessageContaining("UTF-8");
		assertThat(listed.hasValue("image", "x")).isFalse();
	}

	@Test
	void refusesADirectoryThatDoesNotExist() {
		assertThatExceptionOfType(InvalidInputException.class)
			.isThrownBy(() -> ConfigDirectory.list(this.directory.resolve("missing")))
			.withMessageContaining("missing");
		assertThat(ConfigDirectory.listIfExists(this.directory.resolve("missing")).names()).isEmpty();
	}

	@Test
	void deletesDirectoriesThatBecomeEmpty() {
		FileTree.write(this.directory, "a/b/c", "x");
		FileTree.write(this.directory, "a/d", "x");
		ConfigDirectory.list(this.directory).delete("a/b/c");
		assertThat(this.directory.resolve("a/b")).doesNotExist();
		assertThat(this.directory.resolve("a/d")).exists();
	}

}
