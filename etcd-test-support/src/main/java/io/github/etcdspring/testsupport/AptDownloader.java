package io.github.etcdspring.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Downloads the Debian packages of etcd with the machine's apt sources and keys, without
 * root.
 */
final class AptDownloader {

	private static final List<String> PACKAGES = List.of("etcd-server", "etcd-client");

	private final String aptGet;

	private final Path configuration;

	AptDownloader(String aptGet, Path configuration) {
		this.aptGet = aptGet;
		this.configuration = configuration;
	}

	/**
	 * Downloads the packages of etcd.
	 * @param directory directory for the packages and temporary files
	 * @param ownRelease the release in the machine's sources
	 * @param release the release to download from
	 * @return the package files
	 * @throws IOException if the directory cannot be written
	 */
	List<Path> etcd(Path directory, String ownRelease, String release) throws IOException {
		if (!release.equals(ownRelease)) {
			return withOwnLists(directory, sources(directory, ownRelease, release));
		}
		try {
			return download(directory);
		}
		catch (CommandException ex) {
			// The package lists may be missing or stale, and only root can update
			// them.
			return withOwnLists(directory, "");
		}
	}

	private List<Path> withOwnLists(Path directory, String settings) throws IOException {
		Files.createDirectories(directory.resolve("lists/partial"));
		Files.createDirectories(directory.resolve("cache/archives/partial"));
		Path file = Files.writeString(directory.resolve("apt.conf"), settings + """
				Dir::State::Lists "%1$s/lists";
				Dir::Cache "%1$s/cache";
				Debug::NoLocking "true";
				Acquire::Languages "none";
				APT::Update::Error-Mode "any";
				// Root's default sandbox user cannot write here.
				APT::Sandbox::User "root";
				""".formatted(directory));
		String failure = "";
		try {
			apt(directory, "-c", file.toString(), "update");
		}
		catch (CommandException ex) {
			// A source without etcd may have failed.
			failure = ex.getMessage() + "; ";
		}
		try {
			return download(directory, "-c", file.toString());
		}
		catch (CommandException ex) {
			throw new IllegalStateException(failure + ex.getMessage(), ex);
		}
	}

	/**
	 * Derives the apt sources of another release from the machine's sources.
	 * @param directory directory for the sources
	 * @param ownRelease the release in the machine's sources
	 * @param release the other release
	 * @return the apt settings that select them
	 * @throws IOException if the sources cannot be read or written
	 */
	private String sources(Path directory, String ownRelease, String release) throws IOException {
		Path parts = Files.createDirectory(directory.resolve("sources.list.d"));
		try (Stream<Path> files = Files.walk(this.configuration, 2)) {
			for (Path file : files.filter(AptDownloader::isSource).toList()) {
				String text = Files.readString(file).replaceAll("\\b" + ownRelease + "\\b", release);
				Files.writeString(parts.resolve(file.getFileName()), text);
			}
		}
		return """
				Dir::Etc::SourceList "/dev/null";
				Dir::Etc::SourceParts "%s";
				""".formatted(parts);
	}

	private static boolean isSource(Path file) {
		return file.toString().matches(".*/sources\\.list(\\.d/[^/]+\\.(list|sources))?");
	}

	private List<Path> download(Path directory, String... options) throws IOException {
		List<String> arguments = new ArrayList<>(List.of(options));
		arguments.add("download");
		arguments.addAll(PACKAGES);
		apt(directory, arguments.toArray(String[]::new));
		try (Stream<Path> files = Files.list(directory)) {
			return files.filter((file) -> file.toString().endsWith(".deb")).toList();
		}
	}

	private void apt(Path directory, String... arguments) {
		List<String> line = new ArrayList<>(List.of(this.aptGet, "-q"));
		line.addAll(List.of(arguments));
		new Command(line).directory(directory).environment(Map.of("LC_ALL", "C")).limit(Duration.ofMinutes(3)).run();
	}

}
