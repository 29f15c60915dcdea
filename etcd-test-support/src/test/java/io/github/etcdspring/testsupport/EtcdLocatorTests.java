package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link EtcdLocator}.
 */
class EtcdLocatorTests {

	@TempDir
	private Path directory;

	private final Map<String, String> environment = new HashMap<>();

	private Path installed;

	@BeforeEach
	void setUp() throws IOException {
		this.installed = Files.createDirectory(this.directory.resolve("installed"));
	}

	@Test
	void usesConfiguredServerAndItsClient() throws IOException {
		Path etcd = program(this.installed, "etcd", "etcd Version: 3.9.1");
		Path etcdctl = program(this.installed, "etcdctl", "");
		this.environment.put("ETCD_BIN", etcd.toString());
		assertThat(search().find()).isEqualTo(new EtcdBinary(etcd, etcdctl, "3.9.1"));
	}

	@Test
	void usesConfiguredClient() throws IOException {
		Path elsewhere = Files.createDirectory(this.directory.resolve("elsewhere"));
		Path etcd = program(this.installed, "etcd", "etcd Version: 3.9.1");
		program(this.installed, "etcdctl", "");
		Path etcdctl = program(elsewhere, "client", "");
		this.environment.put("ETCD_BIN", etcd.toString());
		this.environment.put("ETCDCTL_BIN", etcdctl.toString());
		assertThat(search().find().etcdctl()).isEqualTo(etcdctl);
	}

	@Test
	void usesServerOnThePath() throws IOException {
		Path etcd = program(this.installed, "etcd", "etcd Version: 3.9.1");
		Path etcdctl = program(this.installed, "etcdctl", "");
		this.environment.put("PATH", this.directory + ":" + this.installed);
		assertThat(search().find()).isEqualTo(new EtcdBinary(etcd, etcdctl, "3.9.1"));
	}

	@Test
	void usesInstalledServerOnlyForItsMinorVersion() throws IOException {
		Path etcd = program(this.installed, "etcd", "etcd Version: 3.1.5");
		program(this.installed, "etcdctl", "");
		this.environment.put("ETCD_BIN", etcd.toString());
		assertThat(search().find("3.1").etcd()).isEqualTo(etcd);
		assertThatIllegalStateException().isThrownBy(() -> search().find("3.15"))
			.withMessageStartingWith("No etcd 3.15 found. ");
	}

	@Test
	void rejectsConfiguredServerThatIsNotExecutable() {
		this.environment.put("ETCD_BIN", this.installed.toString());
		assertThatIllegalStateException().isThrownBy(() -> search().find())
			.withMessage("ETCD_BIN is not an executable file: %s", this.installed);
	}

	@Test
	void rejectsExecutableThatIsNotEtcd() throws IOException {
		Path etcd = program(this.installed, "etcd", "hello");
		program(this.installed, "etcdctl", "");
		this.environment.put("ETCD_BIN", etcd.toString());
		assertThatIllegalStateException().isThrownBy(() -> search().find())
			.withMessage("Not an etcd executable: %s", etcd);
	}

	@Test
	void reportsTriedLocationsAndHowToInstall() {
		assertThatIllegalStateException().isThrownBy(() -> search().find())
			.withMessageContaining("ETCD_BIN: not set")
			.withMessageContaining("PATH: no etcd")
			.withMessageContaining("Package: ")
			.withMessageContaining("no-apt-get")
			.withMessageContaining("apt-get install etcd-server etcd-client")
			.withMessageContaining("set ETCD_BIN");
	}

	private EtcdLocator search() {
		AptDownloader nothing = new AptDownloader(this.directory.resolve("no-apt-get").toString(), this.directory);
		return new EtcdLocator(this.environment, new DebianPackages(this.directory.resolve("cache"), nothing));
	}

	private static Path program(Path directory, String name, String output) throws IOException {
		Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\necho '" + output + "'\n");
		return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

}
