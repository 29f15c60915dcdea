package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link SnapshotFile}.
 */
class SnapshotFileTests {

	private static final List<ConfigContext> CONTEXTS = List.of(new ConfigContext("/config/orders/"),
			new ConfigContext("/config/bestellungen,größe/"));

	@TempDir
	private Path directory;

	private Path path;

	private SnapshotFile file;

	@BeforeEach
	void prepareFile() {
		this.path = this.directory.resolve("new/snapshot");
		this.file = new SnapshotFile(this.path);
	}

	@Test
	void readsWhatItWrote() throws IOException {
		this.file.write(CONTEXTS, snapshot("s3cret\nand more"));
		Snapshot read = this.file.read(CONTEXTS);
		assertThat(read.revision()).isEqualTo(17);
		KeyValue entry = read.entries().values().iterator().next();
		assertThat(entry.getKey().toString(StandardCharsets.UTF_8)).isEqualTo("/config/orders/a");
		assertThat(entry.getValue().toString(StandardCharsets.UTF_8)).isEqualTo("s3cret\nand more");
		assertThat(entry.getModRevision()).isEqualTo(12);
		assertThat(entry.getCreateRevision()).isEqualTo(11);
		assertThat(this.file.read(CONTEXTS.subList(0, 1)).entries()).hasSize(1);
	}

	@Test
	void isReadableByItsOwnerOnlyAndLeavesNoOtherFile() throws IOException {
		this.file.write(CONTEXTS, snapshot("1"));
		this.file.write(CONTEXTS, snapshot("2"));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.path))).isEqualTo("rw-------");
		assertThat(this.path.getParent()).isDirectoryContaining((other) -> other.equals(this.path))
			.isDirectoryNotContaining((other) -> !other.equals(this.path));
	}

	@ParameterizedTest
	@ValueSource(strings = { "rw-rw----", "rw-r-----", "rw-r--r--", "r--r-----" })
	void acceptsAFileWritableByOwnerAndGroup(String permissions) throws IOException {
		this.file.write(CONTEXTS, snapshot("1"));
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString(permissions));
		assertThat(this.file.read(CONTEXTS).revision()).isEqualTo(17);
	}

	@Test
	void rejectsAFileWritableByAllUsers() throws IOException {
		this.file.write(CONTEXTS, snapshot("1"));
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString("rw-rw-rw-"));
		assertThatIOException().isThrownBy(() -> this.file.read(CONTEXTS))
			.withMessageContaining("it is writable by all users", "chmod o-w");
	}

	@Test
	void writesToTheTargetOfASymbolicLink() throws IOException {
		Path volume = Files.createDirectories(this.directory.resolve("volume"));
		Files.createDirectories(this.path.getParent());
		Files.createSymbolicLink(this.path, Path.of("../volume/link"));
		Files.createSymbolicLink(volume.resolve("link"), Path.of("file"));
		this.file.write(CONTEXTS, snapshot("1"));
		this.file.write(CONTEXTS, snapshot("2"));
		assertThat(this.path).isSymbolicLink();
		assertThat(volume.resolve("file")).isRegularFile();
		assertThat(this.file.read(CONTEXTS).entries().values()).singleElement()
			.satisfies((entry) -> assertThat(entry.getValue()).hasToString("2"));
	}

	@Test
	void rejectsASymbolicLinkToItself() throws IOException {
		Files.createDirectories(this.path.getParent());
		Files.createSymbolicLink(this.path, this.path);
		assertThatIOException().isThrownBy(() -> this.file.write(CONTEXTS, snapshot("1")));
	}

	@Test
	void rejectsAModifiedOrTruncatedFile() throws IOException {
		this.file.write(CONTEXTS, snapshot("s3cret"));
		byte[] whole = Files.readAllBytes(this.path);
		for (int i = 0; i < whole.length; i++) {
			byte[] changed = whole.clone();
			changed[i] ^= 4;
			Files.write(this.path, changed);
			assertThatIOException().as("byte " + i)
				.isThrownBy(() -> this.file.read(CONTEXTS))
				.withMessage("it was modified or truncated");
			Files.write(this.path, java.util.Arrays.copyOf(whole, i));
			assertThatIOException().as("length " + i)
				.isThrownBy(() -> this.file.read(CONTEXTS))
				.withMessage("it was modified or truncated");
		}
	}

	@Test
	void rejectsAFileWithoutAnImportedPrefix() throws IOException {
		this.file.write(CONTEXTS.subList(0, 1), snapshot("1"));
		assertThatIOException().isThrownBy(() -> this.file.read(CONTEXTS))
			.withMessage("it does not contain /config/bestellungen,größe/");
	}

	@Test
	void reportsAMissingFile() {
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> this.file.read(CONTEXTS));
	}

	private static Snapshot snapshot(String value) {
		KeyValue entry = new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8("/config/orders/a"))
			.setValue(ByteString.copyFromUtf8(value))
			.setCreateRevision(11)
			.setModRevision(12)
			.build(), ByteSequence.EMPTY);
		return new Snapshot(17, Map.of(entry.getKey(), entry));
	}

}
