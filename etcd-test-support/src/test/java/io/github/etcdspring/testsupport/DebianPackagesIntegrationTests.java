package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for {@link DebianPackages}, which download packages.
 */
@EnabledIf("isDebianBookworm")
@DisabledIfEnvironmentVariable(named = "ETCD_BIN", matches = ".+",
		disabledReason = "etcd is provided, downloads may not be possible")
class DebianPackagesIntegrationTests {

	private static final Path SOURCES = Path.of("/etc/apt");

	@TempDir
	private Path directory;

	@Test
	void unpacksOnceForConcurrentCallers() throws IOException {
		List<CompletableFuture<Path>> searches = Stream.generate(this::packages)
			.limit(3)
			.map((packages) -> CompletableFuture.supplyAsync(packages::programs))
			.toList();
		assertThat(searches.stream().map(CompletableFuture::join).distinct()).hasSize(1);
		Path programs = searches.get(0).join();
		EtcdBinary binary = EtcdBinary.of(programs.resolve("etcd"), programs.resolve("etcdctl"));
		assertThat(String.valueOf(programs.getFileName())).startsWith(binary.version());
		try (Stream<Path> left = Files.list(this.directory)) {
			assertThat(left.map(Path::getFileName).map(Path::toString)).hasSize(2).contains("lock");
		}
	}

	@Test
	void downloadsPackageListsIfMissing() throws IOException {
		Path aptGet = Files.writeString(this.directory.resolve("apt-get"), """
				#!/bin/sh
				case "$*" in *-c*) exec apt-get "$@";; esac
				echo 'E: Unable to locate package etcd-server' >&2
				exit 100
				""");
		Files.setPosixFilePermissions(aptGet, PosixFilePermissions.fromString("rwxr-xr-x"));
		DebianPackages packages = new DebianPackages(this.directory.resolve("cache"),
				new AptDownloader(aptGet.toString(), SOURCES));
		assertThat(packages.programs().resolve("etcd")).isExecutable();
	}

	@Test
	void findsNewerMinorVersionThatReadsOlderData() {
		EtcdBinary newer = EtcdBinary.locate("3.5");
		assertThat(newer.version()).startsWith("3.5.");
		try (EtcdServer server = EtcdServer.start()) {
			server.etcdctl("put", "key", "value");
			server.restart(newer);
			assertThat(server.etcdctl("get", "key")).contains("value");
			assertThat(server.etcdctl("endpoint", "status")).contains(newer.version());
		}
	}

	private DebianPackages packages() {
		return new DebianPackages(this.directory, new AptDownloader("apt-get", SOURCES));
	}

	static boolean isDebianBookworm() throws IOException {
		Path osRelease = Path.of("/etc/os-release");
		return Files.exists(osRelease) && Files.readString(osRelease).contains("VERSION_CODENAME=bookworm");
	}

}
