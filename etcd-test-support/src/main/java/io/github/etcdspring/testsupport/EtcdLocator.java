package io.github.etcdspring.testsupport;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Locates etcd: environment variable, PATH, then Debian package.
 */
final class EtcdLocator {

	private static final String ADVICE = "Install etcd and etcdctl (on Debian: 'apt-get install etcd-server etcd-client'), "
			+ "or set ETCD_BIN to the path of etcd, with etcdctl beside it or in ETCDCTL_BIN.";

	private final Map<String, String> environment;

	private final DebianPackages packages;

	EtcdLocator(Map<String, String> environment) {
		this(environment, new DebianPackages(cache(environment)));
	}

	EtcdLocator(Map<String, String> environment, DebianPackages packages) {
		this.environment = environment;
		this.packages = packages;
	}

	EtcdBinary find() {
		return installed().orElseGet(() -> unpacked("etcd", this.packages::programs));
	}

	EtcdBinary find(String series) {
		return installed().filter((binary) -> binary.isOf(series))
			.orElseGet(() -> unpacked("etcd " + series, () -> this.packages.programs(series)));
	}

	private Optional<EtcdBinary> installed() {
		return named("ETCD_BIN").or(() -> onPath("etcd")).map((etcd) -> EtcdBinary.of(etcd, etcdctlFor(etcd)));
	}

	private Path etcdctlFor(Path etcd) {
		return named("ETCDCTL_BIN").or(() -> Optional.of(etcd.resolveSibling("etcdctl")).filter(EtcdLocator::isProgram))
			.or(() -> onPath("etcdctl"))
			.orElseGet(() -> unpacked("etcd", this.packages::programs).etcdctl());
	}

	private EtcdBinary unpacked(String wanted, Supplier<Path> directory) {
		try {
			Path programs = directory.get();
			return EtcdBinary.of(programs.resolve("etcd"), programs.resolve("etcdctl"));
		}
		catch (RuntimeException ex) {
			throw new IllegalStateException(
					"No " + wanted + " found. ETCD_BIN: " + this.environment.getOrDefault("ETCD_BIN", "not set")
							+ ". PATH: " + onPath("etcd").map(Path::toString).orElse("no etcd") + ". Package: "
							+ ex.getMessage() + "\n" + ADVICE,
					ex);
		}
	}

	private Optional<Path> named(String variable) {
		String value = this.environment.getOrDefault(variable, "");
		if (value.isBlank()) {
			return Optional.empty();
		}
		Path path = Path.of(value).toAbsolutePath();
		if (!isProgram(path)) {
			throw new IllegalStateException(variable + " is not an executable file: " + value);
		}
		return Optional.of(path);
	}

	private Optional<Path> onPath(String program) {
		return Stream.of(this.environment.getOrDefault("PATH", "").split(File.pathSeparator))
			.filter((directory) -> !directory.isBlank())
			.map((directory) -> Path.of(directory, program).toAbsolutePath())
			.filter(EtcdLocator::isProgram)
			.findFirst();
	}

	private static boolean isProgram(Path path) {
		return Files.isRegularFile(path) && Files.isExecutable(path);
	}

	private static Path cache(Map<String, String> environment) {
		String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
		Path caches = (xdg.isBlank()) ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
		return caches.resolve("etcd-spring-boot");
	}

}
