package io.github.etcdspring.discovery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.registry.EtcdDiscoveryProperties.Follow;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverride;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link CatalogFile}.
 */
class CatalogFileTests {

	private static final Catalog CATALOG = Catalog.EMPTY.with(
			Map.of("orders", List.of(instance("orders", "a", EtcdServiceInstance.UP), instance("orders", "b", "DOWN")),
					"größe/1", List.of(instance("größe/1", "x y", EtcdServiceInstance.UP))));

	@TempDir
	private Path directory;

	private Path path;

	private CatalogFile file;

	@BeforeEach
	void prepareFile() {
		this.path = this.directory.resolve("new/catalog");
		this.file = file("/services");
	}

	@Test
	void readsWhatItWrote() throws IOException {
		Instant now = Instant.now();
		this.file.write(new CatalogState(CATALOG, 17, now));
		CatalogState read = this.file.read();
		assertThat(read.revision()).isEqualTo(17);
		assertThat(read.asOf()).isEqualTo(now);
		assertThat(read.catalog().instances()).isEqualTo(CATALOG.instances());
		assertThat(read.catalog().names()).containsExactly("größe/1", "orders");
		assertThat(read.catalog().instances().get("orders")).extracting(EtcdServiceInstance::revision).containsOnly(7L);
	}

	@Test
	void readsInstancesAsRegisteredAndTheirOverrides() throws IOException {
		InstanceOverride override = new InstanceOverride("orders", "1", "jane", "leak", Instant.now().plusSeconds(9),
				true, null);
		EtcdServiceInstance registered = instance("orders", "1", EtcdServiceInstance.UP);
		Catalog catalog = Catalog.EMPTY.with(Map.of("orders", List.of(override.applyTo(registered))))
			.withOverridden(Map.of(new InstanceKey("orders", "1"), new OverriddenInstance(registered, override)));
		this.file.write(new CatalogState(catalog, 17, Instant.now()));
		Catalog read = this.file.read().catalog();
		assertThat(read.up("orders")).isEmpty();
		assertThat(read.registered()).containsExactly(registered);
		assertThat(read.overrides()).containsExactly(override);
	}

	@Test
	void readsAnEmptyCatalog() throws IOException {
		this.file.write(new CatalogState(Catalog.EMPTY, 1, Instant.now()));
		assertThat(this.file.read().catalog().instances()).isEmpty();
	}

	@Test
	void isReadableByItsOwnerOnly() throws IOException {
		this.file.write(new CatalogState(CATALOG, 17, Instant.now()));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.path))).isEqualTo("rw-------");
	}

	@Test
	void refusesWhatIsTooOld() throws IOException {
		this.file.write(new CatalogState(CATALOG, 17, Instant.now().minus(Duration.ofHours(25))));
		assertThatIOException().isThrownBy(this.file::read)
			.withMessage("it is 1d1h old, and spring.cloud.etcd.discovery.snapshot-max-age is 1d");
	}

	@Test
	void refusesWhatAllUsersMayChange() throws IOException {
		this.file.write(new CatalogState(CATALOG, 17, Instant.now()));
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString("rw-rw-rw-"));
		assertThatIOException().isThrownBy(this.file::read).withMessageContaining("chmod o-w " + this.path);
	}

	@Test
	void refusesWhatHasBeenChanged() throws IOException {
		this.file.write(new CatalogState(CATALOG, 17, Instant.now()));
		byte[] content = Files.readAllBytes(this.path);
		content[content.length - 1]++;
		Files.write(this.path, content);
		assertThatIOException().isThrownBy(this.file::read).withMessage("it was modified or truncated");
		Files.writeString(this.path, "");
		assertThatIOException().isThrownBy(this.file::read).withMessage("it was modified or truncated");
	}

	@Test
	void refusesAnotherPrefix() throws IOException {
		file("/others").write(new CatalogState(Catalog.EMPTY, 17, Instant.now()));
		assertThatIOException().isThrownBy(this.file::read).withMessage("it does not contain the keys /services/");
	}

	@Test
	void tellsThatThereIsNoFile() {
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(this.file::read);
	}

	private CatalogFile file(String prefix) {
		return new CatalogFile(this.path, Duration.ofHours(24), new InstanceKeys(prefix),
				new InstanceKeys("/overrides"), Follow.ALL);
	}

	private static EtcdServiceInstance instance(String service, String id, String status) {
		return new EtcdServiceInstance(service, id, "127.0.0.1", 80, true, status, Map.of("zone", "a")).withRevision(7);
	}

}
