package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Unpacks the etcd packages of Debian and its derivatives without root, into a cache with
 * one directory per release and package version.
 */
final class DebianPackages {

	private static final List<String> RELEASES = List.of("bullseye", "bookworm", "trixie", "forky", "sid");

	private static final List<String> PROGRAMS = List.of("etcd", "etcdctl");

	private static final Pattern CODENAME = Pattern.compile("(?m)^VERSION_CODENAME=\"?([\\w-]+)");

	private final Path cache;

	private final String ownRelease;

	private final AptDownloader download;

	DebianPackages(Path cache) {
		this(cache, new AptDownloader("apt-get", Path.of("/etc/apt")));
	}

	DebianPackages(Path cache, AptDownloader download) {
		this.cache = cache.toAbsolutePath();
		this.ownRelease = ownRelease();
		this.download = download;
	}

	/**
	 * Returns the directory with the programs of this machine's release.
	 * @return the directory
	 */
	Path programs() {
		return ofRelease(this.ownRelease);
	}

	/**
	 * Returns the directory with the programs of a minor version, from this machine's
	 * release or the first newer one that has it.
	 * @param series the minor version, such as {@code 3.5}
	 * @return the directory
	 */
	Path programs(String series) {
		List<String> found = new ArrayList<>();
		int own = RELEASES.indexOf(this.ownRelease);
		for (String release : (own != -1) ? RELEASES.subList(own, RELEASES.size()) : List.of(this.ownRelease)) {
			Path programs = ofRelease(release);
			String version = String.valueOf(programs.getFileName());
			if (version.startsWith(series + ".")) {
				return programs;
			}
			found.add(release + " has " + version);
		}
		throw new IllegalStateException("No release has etcd " + series + ": " + String.join(", ", found));
	}

	private Path ofRelease(String release) {
		try {
			Optional<Path> cached = cached(release);
			return (cached.isPresent()) ? cached.get() : unpackOnce(release);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot use the cache " + this.cache + ": " + ex, ex);
		}
	}

	private Optional<Path> cached(String release) throws IOException {
		Path directory = this.cache.resolve(release);
		if (!Files.isDirectory(directory)) {
			return Optional.empty();
		}
		try (Stream<Path> versions = Files.list(directory)) {
			return versions.max(Path::compareTo);
		}
	}

	private Path unpackOnce(String release) throws IOException {
		Files.createDirectories(this.cache);
		// A file lock is held by the JVM, so threads need another lock.
		synchronized (DebianPackages.class) {
			try (FileChannel channel = FileChannel.open(this.cache.resolve("lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE)) {
				channel.lock();
				Optional<Path> cached = cached(release);
				return (cached.isPresent()) ? cached.get() : unpack(release);
			}
		}
	}

	private Path unpack(String release) throws IOException {
		Path work = Files.createTempDirectory(this.cache, "unpack");
		try {
			String version = "";
			for (Path file : this.download.etcd(work, this.ownRelease, release)) {
				new Command("dpkg-deb", "-x", file.toString(), work.resolve("root").toString()).run();
				// etcd-server_3.4.23-4+b4_amd64.deb
				version = String.valueOf(file.getFileName()).split("_", 3)[1];
			}
			Path programs = Files.createDirectory(work.resolve("programs"));
			for (String program : PROGRAMS) {
				Files.move(work.resolve("root/usr/bin").resolve(program), programs.resolve(program));
			}
			Path target = Files.createDirectories(this.cache.resolve(release)).resolve(version);
			return Files.move(programs, target, StandardCopyOption.ATOMIC_MOVE);
		}
		finally {
			FileTree.delete(work);
		}
	}

	private static String ownRelease() {
		try {
			Matcher matcher = CODENAME.matcher(Files.readString(Path.of("/etc/os-release")));
			return (matcher.find()) ? matcher.group(1) : "unknown";
		}
		catch (IOException ex) {
			return "unknown";
		}
	}

}
